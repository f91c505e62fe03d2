import { rename, writeFile } from 'node:fs/promises';
import { ExecError } from '../../../support/exec-error.ts';
import { architectureOfNode, readProgram } from '../../freestanding/read-program.ts';

/**
 * Puts the launcher where it can be started; one that runs keeps what it was started from.
 * @throws ExecError RUNTIME_UNAVAILABLE on a machine that it was not made for
 */
export async function installLauncher(path: string): Promise<void> {
  const architecture = architectureOfNode[process.arch];
  if (architecture === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Containers without a daemon run on ${Object.keys(architectureOfNode).join(' and ')} only; this machine is ${process.arch}. Use Docker.`,
    );
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, await readProgram('runtimes/oci/launcher/program/launcher', architecture), { mode: 0o700 });
  await rename(fresh, path);
}
