import { ExecError } from '../../../support/exec-error.ts';
import type { RunFlags } from '../run-flags.ts';

const outputDirectory = '/workspace/output';

/**
 * Reads `-o DIR/` as the local directory for all output files.
 * @throws ExecError INVALID_REQUEST for a second directory
 */
export function nameDirectory(flags: RunFlags): RunFlags {
  const { output, save, ...others } = flags;
  const directories = (output ?? []).filter(isLocalDirectory);
  const [directory] = directories;
  if (directory === undefined) return flags;
  if (save !== undefined || directories.length > 1)
    throw new ExecError(
      'INVALID_REQUEST',
      `-o ${directory} saves all output files there, so ${save === undefined ? `-o ${directories[1]}` : '--save'} cannot be used with it. Name one directory. For files below a directory of the container, write -o '${directory}**'.`,
    );
  const patterns = (output ?? []).filter((value) => !isLocalDirectory(value));
  return { ...others, ...(patterns.length === 0 ? {} : { output: patterns }), save: directory, saveAll: true };
}

function isLocalDirectory(value: string): boolean {
  return value.endsWith('/') && !value.startsWith(`${outputDirectory}/`) && !/[*?[\]{}]/.test(value);
}
