import { CommanderError } from 'commander';
import { describeError } from '../../gateways/message/part-names.ts';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { printable } from '../../support/text/printable.ts';
import { exitCodeOfError } from './exit-code-of.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** One sentence on stderr and the exit code that goes with it; the stack too when asked for. */
export function reportError(error: unknown, { stderr }: Terminal, { debug }: { readonly debug: boolean }): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.invalid;
  // A quoted colour would outlast the program.
  const quoted = (text: string) => (stderr.escapes ? printable(text) : text);
  stderr.line(`${stderr.colors.red('error:')} ${quoted(sentenceOf(error))}`);
  if (debug) stderr.line(quoted(stackOf(error)));
  else if (!(error instanceof ExecError) && errnoOf(error) === undefined)
    stderr.line(
      stderr.colors.dim('This is probably a defect of exec-agent. Run it again with --debug for a stack trace.'),
    );
  return exitCodeOfError(error);
}

function sentenceOf(error: unknown): string {
  const message = (error instanceof ExecError ? describeError(error) : messageOf(error)).trim();
  return message === '' ? String(error) : message;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
