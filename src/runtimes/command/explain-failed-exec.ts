import { ExecError } from '../../support/exec-error.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';

/** With these an init process says that it could not run the command: tini's two and its rest, catatonit's one. */
export const failedExecCodes: ReadonlySet<number> = new Set([127, 126, 1]);

// tini: `[FATAL tini (7)] exec NAME failed: REASON`; catatonit: `ERROR (catatonit:2): failed to exec pid1: REASON`.
const initMessages = [
  /^\[FATAL tini \(\d+\)\] exec (?<command>.*) failed: (?<reason>[^\n]+)\n?$/s,
  /^ERROR \(catatonit:\d+\): failed to exec pid1: (?<reason>[^\n]+)\n?$/,
];

const streamMessage = /^exec-agent: standard (?<stream>input|output|error) (?<file>.*): (?<reason>[^\n]+)\n$/s;

/**
 * START_FAILED when the whole output of a container is its init process saying that the command could not be run;
 * undefined when the command itself ended that way.
 * @param output all that the container wrote to stderr, when that is all it wrote
 * @param command for the message, where the init does not say it
 */
export function explainFailedExec(output: string, command: string | undefined): ExecError | undefined {
  for (const pattern of initMessages) {
    const groups = pattern.exec(output)?.groups;
    if (groups?.reason !== undefined) return commandFailed(groups.command ?? command, groups.reason);
  }
  const { stream, file, reason } = streamMessage.exec(output)?.groups ?? {};
  if (file === undefined || reason === undefined) return undefined;
  const cure =
    stream === 'input'
      ? 'exists, and that the user of the container may read it'
      : 'is in a directory that the user of the container may write to';
  const text = `The standard ${stream} ${file} could not be opened: ${reason}. Check that it ${cure}.`;
  return new ExecError('START_FAILED', text, { context: { reason } });
}

/** @param reason as the system says it: `No such file or directory`, `Permission denied`, … */
export function commandFailed(command: string | undefined, reason: string): ExecError {
  const what = command === undefined ? 'The command' : `The command "${command}"`;
  const message = sentence`${what} could not be started: ${reason}. ${cureOf(reason)}`;
  return new ExecError('START_FAILED', message, { context: { command, reason } });
}

function cureOf(reason: string): Sentence {
  if (/no such file|not found/i.test(reason)) {
    return 'Check that the image has that program (or, for a script, the interpreter that its first line names).';
  }
  if (/permission denied/i.test(reason)) {
    return 'Check that it is a program and not a directory, and that the user of the container may execute it.';
  }
  if (/argument list too long/i.test(reason))
    return sentence`Linux accepts at most 131071 bytes for one argument or variable, and about 2 MiB for all of them. Pass large data in a file (${part('inputs.inline')}).`;
  if (/exec format/i.test(reason)) return 'It is no program for this machine, or a script without a first line "#!…".';
  return sentence`Check ${part('command')} and ${part('entrypoint')}.`;
}
