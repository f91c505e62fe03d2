import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenBound } from './token-bound.ts';

test('tokenBound: counts what the request asks for, for each of its answers', () => {
  const prompt = (text: string) => Math.ceil(text.length / 3);
  for (const [body, tokens] of [
    ['{"max_tokens":50}', 50],
    ['{"max_tokens":5,"max_completion_tokens":50,"n":3}', 150],
    ['{"max_tokens":"x"}', 1024],
    ['no JSON', 1024],
  ] as const)
    expect(tokenBound(Buffer.from(body), 1024)).toBe(prompt(body) + tokens);
});

test('tokenBound: is a finite number above zero for any body', () => {
  const field = fc.oneof(fc.json(), fc.double().map(String), fc.bigInt().map(String));
  fc.assert(
    fc.property(field, field, (max, n) => {
      const bound = tokenBound(Buffer.from(`{"max_tokens":${max},"n":${n}}`), 1024);
      expect(Number.isSafeInteger(bound) && bound > 0).toBe(true);
    }),
  );
});
