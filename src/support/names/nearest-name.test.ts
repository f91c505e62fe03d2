import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const known = ['command', 'image', 'EXEC_CONCURRENCY', 'EXEC_DATA_DIR'];

test('nearest name: a letter that is missing, added, changed or swapped', () => {
  for (const name of ['comand', 'commmand', 'cammand', 'comamnd', 'Command'])
    expect(nearestName(name, known), name).toBe('command');
  expect(nearestName('EXEC_CONCURENCY', known)).toBe('EXEC_CONCURRENCY');
});

test('nearest name: what is short or far from all of them means none', () => {
  for (const name of ['com', 'x', 'something', 'EXEC_OTHER', 'c'.repeat(100)])
    expect(nearestName(name, known), name).toBe(undefined);
});

test('nearest name: is one of the known names, for any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (name, names) =>
      [...names, undefined].includes(nearestName(name, names)),
    ),
  );
});
