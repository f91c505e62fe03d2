import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPrivateRedis, startPrivateRedis, stopPrivateRedis } from '../../src/agent/redis/private-redis.ts';

const stranger = 4711;
const MiB = 1024 ** 2;
// 80 MiB.
const messages = 10;
const searchPath = process.env.PATH ?? '';
let base: string;
let url: string | undefined;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'private-redis-'));
});

afterEach(async () => {
  if (url !== undefined) await stopPrivateRedis(url);
  url = undefined;
  await rm(base, { recursive: true, force: true });
});

describe('a private Redis of a deep data directory', () => {
  const deep = () => join(base, 'd'.repeat(100));

  test('listens in a directory that nobody could have made before', async () => {
    const name = createHash('sha256').update(join(deep(), 'redis')).digest('hex').slice(0, 12);
    const guessed = join(tmpdir(), `exec-agent-${name}`);
    await mkdir(guessed);
    try {
      await chown(guessed, stranger, stranger);
      ({ url } = await startPrivateRedis(deep(), searchPath));
      const directory = dirname(url.replace('unix://', ''));
      expect(directory).not.toBe(guessed);
      expect(await readdir(guessed)).toEqual([]);
      const { uid, mode } = await stat(directory);
      expect([uid, mode & 0o777]).toEqual([process.geteuid?.(), 0o700]);
      expect(await findPrivateRedis(deep())).toBe(url);
    } finally {
      await rm(guessed, { recursive: true });
    }
  });

  test('leaves no directory when it is started again', async () => {
    const first = (await startPrivateRedis(deep(), searchPath)).url;
    expect((await startPrivateRedis(deep(), searchPath)).started).toBe(false);
    await stopPrivateRedis(first);
    ({ url } = await startPrivateRedis(deep(), searchPath));
    expect(url).not.toBe(first);
    await expect(stat(dirname(first.replace('unix://', '')))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a private Redis: keeps subscribers that have many large messages to read', async () => {
  ({ url } = await startPrivateRedis(join(base, 'data'), searchPath));
  const redis = new Redis(url.replace('unix://', ''));
  try {
    const subscriber = redis.duplicate();
    await subscriber.subscribe('requests');
    const received = new Promise<void>((resolve) => {
      let left = messages;
      subscriber.on('message', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    // In one step of Redis, which writes to subscribers after it.
    const publish = `for sent = 1, ${messages} do redis.call('PUBLISH', 'requests', string.rep('x', ${8 * MiB})) end`;
    await redis.eval(publish, 0);
    await received;
    subscriber.disconnect();
  } finally {
    redis.disconnect();
  }
});

test.each([
  ['the data directory', ''],
  ['the directory of Redis', 'redis'],
])('a private Redis: neither started nor found when %s belongs to another user', async (_what, name) => {
  const dataDir = join(base, 'data');
  await mkdir(join(dataDir, 'redis'), { recursive: true, mode: 0o700 });
  await chown(join(dataDir, name), stranger, stranger);
  const refused = {
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringMatching(/belongs to user 4711.*chown.*set EXEC_DATA_DIR/),
  };
  await expect(startPrivateRedis(dataDir, searchPath)).rejects.toMatchObject(refused);
  await expect(findPrivateRedis(dataDir)).rejects.toMatchObject(refused);
});
