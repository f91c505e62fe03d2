import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiQueryOf, readFilter, tagsOf, toggled } from './list-filter.ts';

const now = Date.parse('2026-01-02T00:00:00Z');

test('filter: keeps every value of a filter and nothing else of the address', () => {
  const query = new URLSearchParams('state=queued&state=running&tag=a=b&tag=c=d&open=x&q=y');
  expect(readFilter(query).toString()).toBe('state=queued&state=running&tag=a%3Db&tag=c%3Dd');
});

test('filter: a period becomes a time, failed becomes every code of a failure', () => {
  expect(apiQueryOf(new URLSearchParams('last=1h'), now).get('since')).toBe('2026-01-01T23:00:00.000Z');
  expect(apiQueryOf(new URLSearchParams('last=x'), now).has('since')).toBe(false);
  const codes = apiQueryOf(new URLSearchParams('code=failed'), now).getAll('code');
  expect(codes).toContain('TIMEOUT');
  expect(codes).not.toContain('OK');
  expect(codes).not.toContain('CANCELED');
});

test('filter: a state that is chosen twice is as before, and takes the codes away', () => {
  const filter = new URLSearchParams('name=n&code=OK');
  const once = toggled(filter, 'state', 'running');
  expect(once.toString()).toBe('name=n&state=running');
  expect(toggled(once, 'state', 'running').toString()).toBe('name=n');
});

test('filter: what the page has in its address is what it reads from it', () => {
  const value = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(value, value, (name, prefix) => {
      const filter = new URLSearchParams({ name, prefix });
      const read = readFilter(new URL(`http://x/ui/?${filter}`).searchParams);
      expect([read.get('name'), read.get('prefix')]).toEqual([name, prefix]);
    }),
  );
});

test('tags: are split at blanks and commas', () => {
  expect(tagsOf(' team=data,  kind=x ')).toEqual(['team=data', 'kind=x']);
  expect(tagsOf('')).toEqual([]);
});
