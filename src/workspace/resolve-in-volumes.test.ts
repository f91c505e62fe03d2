import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveInVolumes } from './resolve-in-volumes.ts';

const roots = new Map([
  ['/workspace/output', '/host/2-output'],
  ['/workspace', '/host/0-workspace'],
  ['/workspace/input', '/host/1-input'],
]);

test.each([
  ['/workspace/output/a/b.csv', '/host/2-output', 'a/b.csv'],
  ['/workspace/output', '/host/2-output', ''],
  ['/workspace/output/', '/host/2-output', ''],
  ['/workspace/outputs', '/host/0-workspace', 'outputs'],
  ['/workspace/other/a', '/host/0-workspace', 'other/a'],
])('%s lies in the innermost volume that holds it', (path, root, relative) => {
  expect(resolveInVolumes(roots, path)).toEqual({ root, relative });
});

test('a volume at / holds every path', () => {
  expect(resolveInVolumes(new Map([['/', '/host/0-root']]), '/a/b')).toEqual({ root: '/host/0-root', relative: 'a/b' });
  expect(resolveInVolumes(new Map([['/', '/host/0-root']]), '/')).toEqual({ root: '/host/0-root', relative: '' });
});

test.each([
  '/etc/passwd',
  'workspace/output',
  '/workspace/../etc',
  '/..',
  '//',
  '/workspace//a',
  '/workspace/./a',
  '/workspace/a\0',
  '',
])('%j is refused', (path) => {
  expect(resolveInVolumes(roots, path)).toBeUndefined();
});

test('resolveInVolumes: no path leaves its volume', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'workspace', 'output', '..%2f', '\0'), fc.string());
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const found = resolveInVolumes(roots, `/${parts.join('/')}`);
      if (found === undefined) return;
      const path = resolve(found.root, found.relative);
      expect(path === found.root || path.startsWith(`${found.root}/`)).toBe(true);
    }),
  );
});
