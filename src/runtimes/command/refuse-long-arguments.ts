import { ExecError } from '../../support/exec-error.ts';
import { maxArgumentBytes } from '../../wire/request/request-limits.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';

/** What Linux takes of all arguments and variables together with the usual stack of 8 MiB, less what an init adds. */
export const maxArgumentsBytes = 2 * 1024 ** 2 - 4096;

/** Bytes that the kernel counts for each text beside its own: a NUL and a pointer. */
const bytesPerText = 9;

const advice = sentence`Pass large data in a file (${part('inputs.inline')}) and give its name to the command.`;

/**
 * Refuses a command that no kernel would run, before a container is made for it.
 * @param command entry point and arguments, those of the image as well where they are known
 * @param environment `NAME=VALUE`, of image, agent and request
 * @throws ExecError START_FAILED
 */
export function refuseLongArguments(command: readonly string[], environment: readonly string[]): void {
  let total = 0;
  for (const [index, argument] of command.entries()) total += sizeOf(argument, `argument ${index} of the command`);
  for (const variable of environment)
    total += sizeOf(variable, `variable ${JSON.stringify(variable.split('=', 1)[0]?.slice(0, longestShown))}`);
  if (total > maxArgumentsBytes)
    throw failed(
      sentence`The command and its variables have ${total} bytes together; Linux accepts at most ${maxArgumentsBytes}. ${advice}`,
    );
}

const longestShown = 120;

function sizeOf(text: string, what: string): number {
  if (text.includes('\0'))
    throw failed(`The ${what} contains a NUL character (\\0), which ends a text for Linux. Remove it.`);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxArgumentBytes) return bytes + bytesPerText;
  throw failed(
    sentence`The ${what} has ${bytes} bytes; Linux accepts at most ${maxArgumentBytes} bytes for one. ${advice}`,
  );
}

function failed(problem: Sentence): ExecError {
  return new ExecError('START_FAILED', sentence`The container could not be started. ${problem}`);
}
