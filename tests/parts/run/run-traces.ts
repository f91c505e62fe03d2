import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runVariable, type TestRun } from './test-run.ts';

export interface TracedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly inContainer: boolean;
}

/** Processes that the run started, and those inside its engine's containers; the test runner's own workers are none. */
export function processesOf(run: TestRun): readonly TracedProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const inContainer = read(`/proc/${pid}/cgroup`).includes(`:${run.cgroup}/`);
    if (!inContainer && !bearsMark(pid, run)) return [];
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    // Zombies have no command line and no files any more.
    return command === '' || command.startsWith('node (vitest')
      ? []
      : [{ pid: Number(pid), parent: parentOf(pid), command, inContainer }];
  });
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]);
}

// Redis writes its title over its environment; what it works in still tells.
function bearsMark(pid: string, run: TestRun): boolean {
  const environment = read(`/proc/${pid}/environ`).split('\0');
  return (
    environment.includes(`${runVariable}=${run.directory}`) || isBelow(run.directory, readLink(`/proc/${pid}/cwd`))
  );
}

function isBelow(directory: string, path: string): boolean {
  return path.startsWith(`${directory}/`);
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The process ended meanwhile, or is not ours to read.
    return '';
  }
}

/** Mount points below the run's directory, the deepest first. */
export function mountsOf(run: TestRun): readonly string[] {
  const mountPoints = read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
  return mountPoints.filter((path) => isBelow(run.directory, path)).reverse();
}

const cgroupRoot = '/sys/fs/cgroup';

/** Directories of a cgroup in every hierarchy that has it, the deepest first. */
export function cgroupDirectories(cgroup: string): readonly string[] {
  const hierarchies = ['', ...list(cgroupRoot)];
  return hierarchies.flatMap((hierarchy) => descend(join(cgroupRoot, hierarchy, cgroup)));
}

/** Cgroups that the agent made for containers: `/exec-agent/<execution>.<container>` in every hierarchy. */
export function executionCgroups(): readonly string[] {
  return cgroupDirectories('/exec-agent').filter((directory) => /\/exec-agent\/[^/]+$/.test(directory));
}

/** Those that an agent had the run's engine make around the groups of its containers. */
export function usageCgroups({ cgroup }: Pick<TestRun, 'cgroup'>): readonly string[] {
  return cgroupDirectories(cgroup).filter((directory) => basename(directory).includes('exec_agent.'));
}

function descend(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return [...list(directory).flatMap((child) => descend(join(directory, child))), directory];
}

function list(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    // No such hierarchy here, or the cgroup went meanwhile.
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process ended meanwhile, or is not ours to read.
    return '';
  }
}
