import { printable } from '../../support/text/printable.ts';
import { summarizeResponse } from '../output/summarize-response.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';
import type { KeptAnswer } from './outputs/keep-outputs.ts';
import type { RunArguments } from './request/choose-target.ts';
import { printsJson } from './run-flags.ts';

/**
 * With --json the response as one line. Otherwise stdout is the container's, and stderr has a summary on a terminal, elsewhere
 * the warnings and the error.
 */
export function printAnswer(answer: KeptAnswer, { flags, command }: RunArguments, { stdout, stderr }: Terminal): void {
  const { response, text, note, problem } = answer;
  const isQuiet = flags.quiet === true;
  if (printsJson(flags)) {
    stdout.line(text);
    printError(response, stderr);
  } else if (stderr.isTerminal && !isQuiet) {
    for (const line of summarizeResponse(response, stderr.colors)) stderr.line(line);
  } else {
    const warnings = isQuiet ? [] : (response.result?.metadata.warnings ?? []);
    for (const warning of warnings) stderr.line(`${stderr.colors.yellow('warning:')} ${printable(warning)}`);
    // The exit code says it, and stderr is the container's.
    if (response.error_code !== 'EXIT_NONZERO') printError(response, stderr);
  }
  if (response.error_code === 'START_FAILED' && command[0]?.startsWith('-') === true)
    stderr.line('Options of "run" come before the image: what follows the image is the command of the container.');
  if (note !== undefined && !isQuiet) stderr.line(note);
  if (problem !== undefined) stderr.line(`${stderr.colors.red('error:')} ${problem}`);
}

function printError({ success, error, error_code: code }: KeptAnswer['response'], stderr: Sink): void {
  if (!success) stderr.line(`${stderr.colors.red('error:')} ${code}: ${printable(error ?? '')}`);
}
