import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutBase } from './base-path.ts';

test('base path: is removed from the URLs below it, and from no others', () => {
  expect(withoutBase('/exec', '/exec')).toBe('/');
  expect(withoutBase('/exec?a=1', '/exec')).toBe('/?a=1');
  expect(withoutBase('/exec/ui/', '/exec')).toBe('/ui/');
  expect(withoutBase('/executions', '/exec')).toBe('/executions');
  expect(withoutBase('/v1/executions', '/exec')).toBe('/v1/executions');
});

test('base path: any path is the same with it, and without it where a proxy removed it', () => {
  const part = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/);
  const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(part, path, (name, url) => {
      const base = `/base-${name}`;
      expect(withoutBase(`${base}${url}`, base)).toBe(url);
      expect(withoutBase(url, base)).toBe(url);
      expect(withoutBase(url, '')).toBe(url);
    }),
  );
});
