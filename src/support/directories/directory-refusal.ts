import { ExecError } from '../exec-error.ts';

/** A directory that only the agent's user may change. */
export interface OwnDirectory {
  readonly path: string;
  /** The setting that names it, or that it follows from. */
  readonly setting: string;
}

/** @param problem the end of a sentence, @param fix its imperative, without the alternative of another directory */
export function refusal({ path, setting }: OwnDirectory, problem: string, fix: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The directory ${path} (${setting}) cannot be used: ${problem}. ${fix}, or set ${setting} to a directory of the agent's own.`,
    { context: { path, setting } },
  );
}
