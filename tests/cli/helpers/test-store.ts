import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { chunksOf } from '../../../src/objects/object-body.ts';
import type { ObjectStore } from '../../../src/objects/object-store.ts';
import { ExecError } from '../../../src/support/exec-error.ts';

export interface TestStore extends ObjectStore {
  names(): string[];
}

/** An object store in memory, for tests. */
export function createTestStore(): TestStore {
  const objects = new Map<string, Buffer>();
  return {
    name: 'memory',
    defaultBucket: 'test',
    names: () => [...objects.keys()],
    async get({ name }) {
      const content = objects.get(name);
      if (content === undefined) throw new ExecError('INPUT_NOT_FOUND', `There is no object ${name}.`);
      return { name, size: content.length, body: Readable.from([content]) };
    },
    async put({ name }, body) {
      const content = await buffer(chunksOf(body));
      objects.set(name, content);
      return { name, size: content.length };
    },
    async *list({ name: prefix }) {
      for (const [name, { length }] of objects) if (name.startsWith(prefix)) yield { name, size: length };
    },
    async remove({ name }) {
      objects.delete(name);
    },
  };
}
