import { posix } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relativeBelow } from './container-path.ts';

test('relativeBelow: a path comes back normalised, with any parts', () => {
  const part = fc.constantFrom('', '.', '..', '...', '.a', 'a.', 'b');
  const path = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(path, (given) => {
      const below = relativeBelow(given);
      if ('path' in below) expect(below.path).toBe(posix.normalize(given));
    }),
  );
});

test('relativeBelow: counts the parts of a path, not a slash at its end', () => {
  const deep = (parts: number) => Array(parts).fill('a').join('/');
  for (const end of ['', '/']) {
    expect(relativeBelow(deep(100) + end)).toEqual({ path: deep(100) + end });
    expect(relativeBelow(deep(101) + end)).toEqual({ problem: 'too deep' });
  }
});
