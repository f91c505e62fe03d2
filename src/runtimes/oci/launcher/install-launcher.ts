import { rename, writeFile } from 'node:fs/promises';
import { ExecError } from '../../../support/exec-error.ts';
import { launcherPrograms } from './launcher-program.ts';

/**
 * Puts the launcher where it can be started; one that runs keeps what it was started from.
 * @throws ExecError RUNTIME_UNAVAILABLE on a machine that it was not made for
 */
export async function installLauncher(path: string): Promise<void> {
  const program = launcherPrograms.get(process.arch);
  if (program === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Containers without a daemon run on ${[...launcherPrograms.keys()].join(' and ')} only; this machine is ${process.arch}. Use Docker.`,
    );
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, program, { mode: 0o700 });
  await rename(fresh, path);
}
