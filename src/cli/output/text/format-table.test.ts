import pc from 'picocolors';
import { expect, test } from 'vitest';
import { formatTable } from './format-table.ts';

test('columns are as wide as their widest cell, colours do not count', () => {
  const { red } = pc.createColors(true);
  expect(
    formatTable(
      [
        ['a', 'one'],
        [red('long'), 'two'],
      ],
      ' ',
    ),
  ).toEqual([' a     one', ` ${red('long')}  two`]);
});

test('table: a line break or a tab in a cell makes no row and no column', () => {
  expect(formatTable([['a\nforged  row', 'b\r\n\tc']])).toEqual([String.raw`a\x0aforged  row  b\x0d\x0a\x09c`]);
});
