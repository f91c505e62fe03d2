import type { Sandbox, Usage } from '../runtimes/runtime.ts';
import { formatBytes } from '../support/bytes.ts';
import { delay } from '../support/deadline.ts';
import { ExecError } from '../support/exec-error.ts';
import type { ExecutionLimits } from './execution-tools.ts';

export type OutputLimits = Pick<ExecutionLimits, 'outputBytes' | 'outputFiles' | 'outputDepth' | 'outputCheckMs'>;

/**
 * Looks at what containers write while they do: seldom as long as nothing grows, often when a bound comes near.
 * @returns why the container has to be stopped, as soon as there is a reason; undefined when nobody can look
 * @throws the signal's reason; ExecError for a fault of the host
 */
export async function watchOutput(
  { usage: measure }: Pick<Sandbox, 'usage'>,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<ExecError | undefined> {
  if (measure === undefined) return undefined;
  const { longest, shortest } = limits.outputCheckMs;
  const bounds = { bytes: limits.outputBytes, files: limits.outputFiles, depth: limits.outputDepth };
  let before: Usage = { bytes: 0, files: 0, depth: 0 };
  let pause = shortest;
  for (;;) {
    await delay(pause, signal);
    const now = await measure(bounds, signal);
    const problem = problemOf(now, limits);
    if (problem !== undefined) return problem;
    const leftInPauses = Math.min(
      ...(['bytes', 'files'] as const).map((what) => left(before[what], now[what], bounds[what])),
    );
    // Half of the time that is left at this pace, as far as one can tell.
    pause = Math.min(Math.max((pause * leftInPauses) / 2, shortest), longest);
    before = now;
  }
}

/** In how many steps as large as the last one the bound is reached. */
function left(before: number, now: number, bound: number): number {
  return now > before ? (bound - now) / (now - before) : Number.POSITIVE_INFINITY;
}

function problemOf({ bytes, files, depth }: Usage, limits: OutputLimits): ExecError | undefined {
  const { outputBytes, outputFiles, outputDepth } = limits;
  if (bytes > outputBytes)
    return tooMuch(`more than ${formatBytes(outputBytes)}`, 'Write less, or have EXEC_OUTPUT_MAX raised');
  if (files > outputFiles)
    return tooMuch(
      `more than ${outputFiles} files and directories`,
      'Write fewer, for example one archive, or have EXEC_OUTPUT_FILES_MAX raised',
    );
  if (depth > outputDepth) return tooMuch(`directories more than ${outputDepth} deep`, 'Nest them less');
  return undefined;
}

function tooMuch(what: string, cure: string): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote ${what} to its output and was stopped; what lies within the limits is returned. ${cure}.`,
  );
}
