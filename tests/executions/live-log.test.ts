import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { createAgentRegistry } from '../../src/queue/agent-registry.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { createLiveLog, type LogLine } from '../../src/queue/live-log.ts';
import type { LogPlace } from '../../src/queue/log-place.ts';
import { describeWith } from '../parts/require-part.ts';

const line = (text: string): LogLine => ({ stream: 'stdout', time: 1, text });

/** A piece of stdout alone. */
const placeOf = (from: number, text: string, attempt = '1.0'): LogPlace => {
  const to = from + Buffer.byteLength(text);
  return { attempt, from, to, end: to };
};

describeWith('redis', 'the live log', () => {
  test('live log: all that is kept is read, and the first piece says how much before it is not', async () => {
    const redis = new Redis(inject('redisUrl'));
    try {
      const prefix = randomUUID();
      const log = createLiveLog({ redis, prefix, channel: 'l', kept: 10_000, keepMs: 60_000 });
      const id = randomUUID();
      const pieces = Array.from({ length: 1200 }, (_, index) => `${index}\n`);
      let from = 0;
      for (const text of pieces) {
        await log.write(id, line(text), placeOf(from, text));
        from += text.length;
      }
      const readAll = async () => {
        const lines: LogLine[] = [];
        for await (const { line: read } of log.read(id)) lines.push(read);
        return lines;
      };
      const whole = await readAll();
      expect(whole.map(({ text }) => text).join('')).toBe(pieces.join(''));
      expect(whole.some(({ omitted }) => omitted !== undefined)).toBe(false);
      await redis.xtrim(queueKeys(prefix).liveLog(id), 'MAXLEN', 1000);
      const [first, ...rest] = await readAll();
      expect(first).toMatchObject({ text: '200\n', omitted: pieces.slice(0, 200).join('').length });
      expect(rest).toHaveLength(999);
      expect(rest.some(({ omitted }) => omitted !== undefined)).toBe(false);
      await log.write(id, line('again'), placeOf(0, 'again', '2.0'));
      expect((await readAll()).at(-1)).toEqual(line('again'));
    } finally {
      redis.disconnect();
    }
  });

  test('live log: the last place of each stream is found behind many pieces of the other, in its attempt only', async () => {
    const redis = new Redis(inject('redisUrl'));
    try {
      const log = createLiveLog({ redis, prefix: randomUUID(), channel: 'l', kept: 10_000, keepMs: 60_000 });
      const id = randomUUID();
      const of = (attempt: string, from: number) => ({ attempt, from, to: from + 1, end: from + 1 });
      await log.write(id, { ...line('x'), stream: 'stderr' }, of('1.0', 0));
      for (let from = 1; from < 40; from += 1) await log.write(id, line('x'), of('1.0', from));
      expect(await log.lastPlaces(id, '1.0')).toEqual({ stdout: of('1.0', 39), stderr: of('1.0', 0) });
      expect(await log.lastPlaces(id, '2.0')).toEqual({});
      await log.write(id, line('x'), of('2.0', 0));
      expect(await log.lastPlaces(id, '2.0')).toEqual({ stdout: of('2.0', 0) });
    } finally {
      redis.disconnect();
    }
  });

  test('a follower gets what was written before it came, then what comes, until the end', async () => {
    const redis = new Redis(inject('redisUrl'));
    try {
      const log = createLiveLog({ redis, prefix: randomUUID(), channel: 'l', kept: 100, keepMs: 60_000 });
      const id = randomUUID();
      await log.write(id, line('before'), placeOf(0, 'before'));
      let finished = false;
      const seen: string[] = [];
      const options = { signal: new AbortController().signal, isFinished: async () => finished };
      for await (const {
        line: { text },
      } of log.follow(id, options)) {
        seen.push(text);
        if (text === 'before') await log.write(id, line('after'), placeOf(6, 'after'));
        if (text === 'after') finished = true;
      }
      expect(seen).toEqual(['before', 'after']);
    } finally {
      redis.disconnect();
    }
  });

  test('agents are listed until they withdraw or fall silent', async () => {
    const redis = new Redis(inject('redisUrl'));
    try {
      const registry = createAgentRegistry(redis, randomUUID(), 1000);
      const facts = { home: 'h', host: 'x', version: '1', runtime: 'docker', slots: 1, busy: 0, startedAt: 0 };
      for (const [id, seenAt] of Object.entries({ silent: 0, leaving: 2000, staying: 2000 }))
        await registry.announce({ ...facts, id, seenAt });
      await registry.withdraw('leaving');
      expect((await registry.list(2000)).map(({ id }) => id)).toEqual(['staying']);
    } finally {
      redis.disconnect();
    }
  });
});
