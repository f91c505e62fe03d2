import { expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { ExecError } from '../../support/exec-error.ts';
import { reportError } from './report-error.ts';
import { withoutEscaping } from './terminal.ts';

const attack = '\u001b[31mred\u001b[2J\u202e';

test('error: what it quotes reaches a terminal without a control sequence, colours included', () => {
  const terminal = createTestTerminal({ isTTY: true });
  reportError(new ExecError('INTERNAL', attack), terminal, { debug: true });
  expect(terminal.printed().stderr).toMatch(/^error: \\x1b\[31mred\\x1b\[2J\\u202e\nExecError: /);
  expect(terminal.printed().stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

test('error: is printed as it is with --raw and where there is no terminal', () => {
  const terminal = createTestTerminal({ isTTY: true });
  const pipe = createTestTerminal();
  for (const each of [withoutEscaping(terminal), pipe])
    reportError(new ExecError('INTERNAL', attack), each, { debug: false });
  for (const each of [terminal, pipe]) expect(each.printed().stderr).toBe(`error: ${attack}\n`);
});
