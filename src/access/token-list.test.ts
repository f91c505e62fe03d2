import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenEntry } from './token-entry.ts';
import { pageOfTokens, tokenListOf } from './token-list.ts';

function entryOf(id: number, createdAt: number): TokenEntry {
  const name = id.toString(16).padStart(12, '0');
  return { id: name, name: 'a\nb', tenant: 'default', scopes: ['read'], hash: 'secret', createdAt };
}

test('token list: its pages have each token once, oldest first, however large they are', () => {
  const entries = fc.uniqueArray(fc.tuple(fc.nat(50), fc.nat(3)), { selector: ([id]) => id });
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 20 }), (made, limit) => {
      const all = made.map(([id, createdAt]) => entryOf(id, createdAt));
      const read: TokenEntry[] = [];
      let cursor: string | undefined;
      do {
        const page = pageOfTokens(all, { limit, cursor });
        expect(page.tokens.length).toBeLessThanOrEqual(limit);
        read.push(...page.tokens);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(read.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      expect(read.map(({ createdAt }) => createdAt)).toEqual(all.map(({ createdAt }) => createdAt).toSorted());
    }),
  );
});

test('token list: a cursor that is none is refused', () => {
  for (const cursor of ['', 'x', '1-', `1-${'0'.repeat(13)}`, '-1-000000000000', `${'9'.repeat(400)}-000000000000`])
    expect(() => pageOfTokens([], { limit: 1, cursor })).toThrow('Begin without one');
});

test('token list: shows times, and no hash', () => {
  const { tokens } = tokenListOf(pageOfTokens([{ ...entryOf(1, 0), expiresAt: 1000 }], { limit: 1 }));
  expect(tokens).toEqual([
    {
      id: '000000000001',
      name: 'a\nb',
      tenant: 'default',
      scopes: ['read'],
      created_at: '1970-01-01T00:00:00.000Z',
      expires_at: '1970-01-01T00:00:01.000Z',
    },
  ]);
});
