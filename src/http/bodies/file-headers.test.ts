import { expect, test } from 'vitest';
import { contentTypeOf, fileHeaders } from './file-headers.ts';

test('a page or a drawing that can hold a script is saved, not shown', () => {
  for (const name of ['x.html', 'x.svg', 'x.xhtml', 'x.js', 'x', 'x.pdf'])
    expect(fileHeaders(name)['content-disposition']).toMatch(/^attachment;/);
  for (const name of ['x.txt', 'x.csv', 'x.json', 'x.png'])
    expect(fileHeaders(name)['content-disposition']).toMatch(/^inline;/);
});

test('a name cannot break out of its header', () => {
  const header = fileHeaders('a/b"\r\nset-cookie: x=1;é.csv')['content-disposition'];
  expect(header).toBe(
    `inline; filename="b___set-cookie: x=1;_.csv"; filename*=UTF-8''b%22%0D%0Aset-cookie%3A%20x%3D1%3B%C3%A9.csv`,
  );
});

test('types come from endings', () => {
  expect(contentTypeOf('r.csv')).toBe('text/csv; charset=utf-8');
  expect(contentTypeOf('r.parquet-unknown')).toBe('application/octet-stream');
});
