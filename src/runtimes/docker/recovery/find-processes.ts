import { readdir, readFile } from 'node:fs/promises';
import { errnoOf } from '../../../support/exec-error.ts';

/** What runs on this machine for one container of an engine. */
export interface ContainerProcesses {
  /** Those in the container. */
  readonly inside: readonly ProcessOfContainer[];
  /** The engine's own, which hold the container and record its end. */
  readonly shims: readonly ProcessOfContainer[];
  /** Others that name it, mostly its OCI runtime at work. */
  readonly others: readonly ProcessOfContainer[];
  /** An engine's processes can be seen from here at all: where not, nothing follows from finding none. */
  readonly seesEngine: boolean;
}

export interface ProcessOfContainer {
  readonly pid: number;
  readonly command: string;
}

const engineProgram = /^\S*containerd(\s|$|-shim)/;

/** Finds them by the container's id, which nothing else bears. */
export async function findProcesses(containerId: string): Promise<ContainerProcesses> {
  const inside: ProcessOfContainer[] = [];
  const shims: ProcessOfContainer[] = [];
  const others: ProcessOfContainer[] = [];
  let seesEngine = false;
  for (const pid of await processIds()) {
    const command = (await readIfAlive(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim();
    // A zombie has no command line.
    if (command === '') continue;
    const isEngine = engineProgram.test(command);
    seesEngine ||= isEngine;
    if (isEngine && command.includes(containerId)) shims.push({ pid, command });
    else if ((await readIfAlive(`/proc/${pid}/cgroup`)).includes(containerId)) inside.push({ pid, command });
    else if (command.includes(containerId)) others.push({ pid, command });
  }
  return { inside, shims, others, seesEngine };
}

/** Process ids of all Docker Engines that are visible from here, including those that the agent does not use. */
export async function engineProcesses(): Promise<readonly number[]> {
  const pids = await processIds();
  const programs = await Promise.all(pids.map((pid) => readIfAlive(`/proc/${pid}/comm`)));
  return pids.filter((_, index) => programs[index]?.trim() === 'dockerd');
}

async function processIds(): Promise<readonly number[]> {
  return (await readdir('/proc')).map(Number).filter(Number.isInteger);
}

/** Something of a process; empty when that has gone, or must not be read. */
export async function readIfAlive(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(error) ?? '')) return '';
    throw error;
  }
}
