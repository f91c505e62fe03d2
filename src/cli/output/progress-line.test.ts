import { expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { createProgressLine } from './progress-line.ts';

const eraseLine = '\r\u001b[2K';

function show(isTTY: boolean) {
  const terminal = createTestTerminal({ isTTY });
  const line = createProgressLine(terminal.stderr);
  line.start('Pulling alpine …');
  line.update('Pulling alpine 1 MiB');
  line.update('Pulling alpine 2 MiB');
  line.end('Pulled alpine (2 MiB)');
  line.update('too late');
  return terminal.printed().stderr;
}

test('on a terminal one line changes and only the last text stays', () => {
  const lines = ['Pulling alpine …', 'Pulling alpine 1 MiB', 'Pulling alpine 2 MiB', 'Pulled alpine (2 MiB)\n'];
  expect(show(true)).toBe(lines.map((line) => `${eraseLine}${line}`).join(''));
});

test('elsewhere there is one line at the start and one at the end', () => {
  expect(show(false)).toBe('Pulling alpine …\nPulled alpine (2 MiB)\n');
});

test('--save: the name of a file that is being saved cannot drive the terminal', () => {
  const terminal = createTestTerminal({ isTTY: true });
  const line = createProgressLine(terminal.stderr);
  line.start('Saving …');
  line.update('Saving a\u001b]0;title\u0007\u202e …');
  line.end();
  expect(terminal.printed().stderr).toContain('Saving a\\x1b]0;title\\x07\\u202e …');
});

test.each([true, false])('progress line: a name adds no line and no colour (terminal: %s)', (isTTY) => {
  const name = 'a\nerror: b\u001b[31m\u001b[2J';
  const printed = (use: (line: ReturnType<typeof createProgressLine>) => void) => {
    const terminal = createTestTerminal({ isTTY });
    use(createProgressLine(terminal.stderr));
    return terminal.printed().stderr;
  };
  const plain = 'a\\x0aerror: b\\x1b[31m\\x1b[2J';
  expect(printed((line) => line.start(name))).toBe(isTTY ? `${eraseLine}${plain}` : `${plain}\n`);
  expect(
    printed((line) => {
      line.start('Saving …');
      line.update(name);
    }),
  ).toBe(isTTY ? `${eraseLine}Saving …${eraseLine}${plain}` : 'Saving …\n');
  expect(
    printed((line) => {
      line.start('Saving …');
      line.end(name);
    }),
  ).toBe(isTTY ? `${eraseLine}Saving …${eraseLine}${plain}\n` : `Saving …\n${plain}\n`);
});
