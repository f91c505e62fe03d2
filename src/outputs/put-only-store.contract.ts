import { text } from 'node:stream/consumers';
import { chunksOf } from '../objects/object-body.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** A store that reads whole what is put, and has nothing else. */
export function createPutOnlyStore(onPut: (name: string, content: string) => void): ObjectStore {
  const never = () => Promise.reject(new Error('outputs only put'));
  return {
    name: 'memory',
    defaultBucket: 'exec-agent',
    async put({ name }, body) {
      const content = await text(chunksOf(body));
      onPut(name, content);
      return { name, size: content.length };
    },
    get: never,
    remove: never,
    list() {
      throw new Error('outputs only put');
    },
  };
}
