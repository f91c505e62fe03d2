import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { queueKeys } from '../../../src/queue/keys.ts';

const linesAtOnce = 50_000;

/** Puts so many numbered lines in place of the whole output of an execution, and gives their size. */
export async function replaceLog(
  { redis, prefix, dataDir }: { readonly redis: Redis; readonly prefix: string; readonly dataDir: string },
  id: string,
  lines: number,
): Promise<number> {
  const files = await readdir(join(dataDir, 'objects'), { recursive: true });
  const file = files.find((name) => name.includes(`${id}/log-`));
  if (file === undefined) throw new Error(`the output of ${id} is not in the store`);
  const handle = await open(join(dataDir, 'objects', file), 'w');
  let bytes = 0;
  try {
    for (let from = 1; from <= lines; from += linesAtOnce) {
      const count = Math.min(linesAtOnce, lines - from + 1);
      const text = Array.from({ length: count }, (_, index) => `line ${from + index} ${'x'.repeat(66)}\n`).join('');
      await handle.write(text);
      bytes += text.length;
    }
  } finally {
    await handle.close();
  }
  const key = queueKeys(prefix).execution(id);
  const outcome = (await redis.hget(key, 'outcome')) ?? '';
  await redis.hset(
    key,
    'outcome',
    outcome.replace(/("log":\{"name":"[^"]*","bytes":)\d+,"lines":\d+/, `$1${bytes},"lines":${lines}`),
  );
  return bytes;
}
