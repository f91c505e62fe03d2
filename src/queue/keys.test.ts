import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterStreams, hashedPart } from '../wire/redis-keys.ts';
import { queueKeys } from './keys.ts';

const prefix = fc.string({ minLength: 1 }).filter((text) => !text.includes('}'));

test('hashed part: what Redis hashes of a key', () => {
  const parts = {
    '{a}:b': 'a',
    'x{a}y{b}': 'a',
    'a{}b': 'a{}b',
    'a{b': 'a{b',
    '}a{b}': 'b',
    '{{a}}': '{a',
    plain: 'plain',
  };
  for (const [key, part] of Object.entries(parts)) expect([key, hashedPart(key)]).toEqual([key, part]);
});

test('keys and streams of a deployment: are in one slot of a cluster for every prefix and name', () => {
  fc.assert(
    fc.property(prefix, fc.string(), fc.string(), (name, one, other) => {
      const keys = Object.values(queueKeys(name)).map((key) => (typeof key === 'string' ? key : key(one, other)));
      const streams = Object.values(clusterStreams(name));
      const replies = streams.map((stream) => `${stream}:${one}`);
      expect(new Set([...keys, ...streams, ...replies].map(hashedPart))).toEqual(new Set([name]));
    }),
  );
});
