import { expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { createProgressLine } from './progress-line.ts';

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
  const erase = '\r\u001b[2K';
  expect(show(true)).toBe(
    `${erase}Pulling alpine …${erase}Pulling alpine 1 MiB${erase}Pulling alpine 2 MiB${erase}Pulled alpine (2 MiB)\n`,
  );
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
