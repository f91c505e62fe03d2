import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrangeArguments, type KnownOption } from './arrange-arguments.ts';

const options: readonly KnownOption[] = [
  { short: '-q', long: '--quiet', required: false, optional: false },
  { short: '-m', long: '--memory', required: true, optional: false },
  { long: '--save', required: false, optional: true },
  { long: '--json', required: false, optional: false },
];

const arranged = (line: string) => arrangeArguments(line.split(' '), options).args.join(' ');

test.each([
  ['alpine', 'alpine'],
  ['alpine ls -la', 'alpine -- ls -la'],
  ['alpine --json', 'alpine -- --json'],
  ['-q -m 1g alpine ls -la', 'alpine -q -m 1g -- ls -la'],
  ['-qm 1g alpine -c x', 'alpine -qm 1g -- -c x'],
  ['-m1g alpine x', 'alpine -m1g -- x'],
  ['--memory=1g --save=out alpine x', 'alpine --memory=1g --save=out -- x'],
  ['--save out alpine x', 'alpine --save out -- x'],
  ['--save -q alpine x', 'alpine --save -q -- x'],
  ['-- alpine ls -la', 'alpine -- ls -la'],
  ['alpine -- ls -- -la', 'alpine -- ls -- -la'],
  ['alpine -q --save -- ls -- -la', 'alpine -q --save -- ls -- -la'],
  ['alpine git checkout -- file', 'alpine -- git checkout -- file'],
  ['request.json --json', 'request.json --json'],
  ['--json -', '- --json'],
  ['-it alpine sh', 'alpine --tty -- sh'],
  ['--quiet', '--quiet'],
])('arguments of run: %s', (given, expected) => {
  expect(arranged(given)).toBe(expected);
});

test('arguments of run: --raw and --debug of the command are not those of the program', () => {
  expect(arrangeArguments(['-q', 'alpine', 'tool', '--raw'], options).own).toEqual(['-q']);
  expect(arrangeArguments(['alpine', '--raw', '--', 'tool', '--debug'], options).own).toEqual(['--raw']);
});

test('arguments of run: any command reaches the container as it is', () => {
  const word = fc.constantFrom('ls', '-la', '--', '--json', '-m', '-', 'a b', '', '--memory=1g', '-it', 'x.json');
  const own = fc.array(fc.constantFrom(['-q'], ['-m', '1g'], ['--memory', '-'], ['--save=x'], ['--json']));
  fc.assert(
    fc.property(own, fc.array(word), (before, command) => {
      const flags = before.flat();
      const after = arrangeArguments([...flags, 'alpine', '--', ...command], options);
      expect(after.args).toEqual(['alpine', ...flags, ...(command.length === 0 ? [] : ['--', ...command])]);
      fc.pre(command[0]?.startsWith('-') !== true);
      expect(arrangeArguments([...flags, 'alpine', ...command], options)).toEqual(after);
    }),
  );
});
