import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { createAgentRegistry } from '../src/queue/agent-registry.ts';
import { createLiveLog, type LogLine } from '../src/queue/live-log.ts';
import { describeWith } from './parts/require-part.ts';

const line = (text: string): LogLine => ({ stream: 'stdout', time: 1, text });

describeWith('redis', 'the live log', () => {
  test('a follower gets what was written before it came, then what comes, until the end', async () => {
    const redis = new Redis(inject('redisUrl'));
    try {
      const log = createLiveLog({ redis, prefix: randomUUID(), channel: 'l', kept: 100, keepMs: 60_000 });
      const id = randomUUID();
      await log.write(id, line('before'));
      let finished = false;
      const seen: string[] = [];
      const options = { signal: new AbortController().signal, isFinished: async () => finished };
      for await (const {
        line: { text },
      } of log.follow(id, options)) {
        seen.push(text);
        if (text === 'before') await log.write(id, line('after'));
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
