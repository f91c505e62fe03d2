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
