import { rm, writeFile } from 'node:fs/promises';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { isRunning, signalProcess } from '../../../support/processes/process-identity.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { Cgroup } from '../cgroup/cgroup.ts';
import { readLauncher } from '../launcher/launcher-state.ts';
import type { ContainerFiles } from './container-files.ts';

const pauseMs = 5;

export interface EndOptions {
  readonly files: ContainerFiles;
  readonly cgroup: Cgroup;
  /** Milliseconds. */
  readonly killWaitMs: number;
}

/**
 * Kills the remaining processes of a container, its launcher included, and waits until they have ended. Needs only the
 * files and the cgroup, so it works for the container of any agent, in any state.
 * @throws ExecError INTERNAL when a process cannot be killed
 */
export async function endContainer({ files, cgroup, killWaitMs }: EndOptions): Promise<void> {
  await preventLaunch(files);
  const launcher = await readLauncher(files);
  const patience = performance.now() + killWaitMs;
  const end = patience + killWaitMs;
  for (;;) {
    const left = cgroup.kill();
    const launching = launcher !== undefined && isRunning(launcher);
    if (left === 0 && !launching) return;
    const now = performance.now();
    // The launcher would end by itself and record the exit code; an engine that hangs keeps it from that.
    if (launching && now > patience) signalProcess(-launcher.pid, 'SIGKILL');
    if (now > end) throw new ExecError('INTERNAL', `The container in ${files.directory} cannot be killed.`);
    await delay(pauseMs);
  }
}

/** Removes what lies outside of the container's directory. */
export async function removeTraces(cgroup: Cgroup, engineRecords: readonly string[]): Promise<void> {
  await cgroup.remove();
  // The engine removes its own record, unless it was killed.
  await Promise.all(engineRecords.map((record) => rm(record, { recursive: true, force: true })));
}

/** A launcher that comes later finds its place taken and does nothing. */
async function preventLaunch({ launcher }: ContainerFiles): Promise<void> {
  try {
    await writeFile(launcher, 'removed\n', { flag: 'wx' });
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}
