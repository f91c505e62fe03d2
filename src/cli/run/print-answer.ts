import { printable } from '../../support/text/printable.ts';
import { summarizeResponse } from '../output/summarize-response.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { KeptAnswer } from './outputs/keep-outputs.ts';
import type { RunFlags } from './run-flags.ts';

/** A summary for people at a terminal; for programs the response as one line of JSON, its error on stderr as well. */
export function printAnswer(answer: KeptAnswer, flags: RunFlags, { stdout, stderr }: Terminal): void {
  const { response, text, note, problem } = answer;
  if (flags.json === true || !stdout.isTerminal) {
    stdout.line(text);
    if (!response.success)
      stderr.line(`${stderr.colors.red('error:')} ${response.error_code}: ${printable(response.error ?? '')}`);
  } else {
    for (const line of summarizeResponse(response, stdout.colors)) stdout.line(line);
  }
  if (note !== undefined && flags.quiet !== true) stderr.line(note);
  if (problem !== undefined) stderr.line(`${stderr.colors.red('error:')} ${problem}`);
}
