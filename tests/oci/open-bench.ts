import { mkdtemp, readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inject } from 'vitest';
import type { OciOptions } from '../../src/runtimes/oci/oci-options.ts';
import { createOciRuntime, type OciRuntime } from '../../src/runtimes/oci/oci-runtime.ts';
import type { RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { becomesTrue } from '../parts/poll.ts';
import { optionsBelow } from './options-below.ts';

export interface OciBench extends RuntimeBench {
  readonly runtime: OciRuntime;
  /** Holds everything that this bench's runtimes keep. */
  readonly base: string;
  /** All that executions have at this moment. */
  traces(): Promise<readonly string[]>;
  /** Another runtime over the same directories, with other options. */
  open(options?: Partial<OciOptions>): Promise<OciRuntime>;
}

const never = new AbortController().signal;
const keeperEndMs = 10_000;

/** A runtime in directories of its own, with the image `tests/shell:1` of busybox in its store. */
export async function openOciBench(options: Partial<OciOptions> = {}): Promise<OciBench> {
  const base = await mkdtemp(join(tmpdir(), 'oci-runtime-'));
  const executions = new Set<string>();
  const opened: OciRuntime[] = [];
  const open = async (more: Partial<OciOptions> = {}) => {
    const runtime = await createOciRuntime({ ...optionsBelow(base), secretsDir: memoryOf(base), ...options, ...more });
    opened.push(runtime);
    return noting(runtime, executions);
  };
  const runtime = await open();
  const shell = 'tests/shell:1';
  await runtime.images.importImage(`docker-archive:${inject('archives').alpine}`, shell, never);
  return {
    runtime,
    base,
    open,
    restart: () => open(),
    images: {
      shell,
      make: (image) =>
        makeBusyboxImage(image, (archive, reference) =>
          runtime.images.importImage(`docker-archive:${archive}`, reference, never),
        ),
    },
    traces: () => findTraces(base, executions),
    leftovers: () => findLasting(() => findTraces(base, executions)),
    async close() {
      for (const one of opened) await one.close();
      await removeTree(base);
      await removeTree(memoryOf(base));
    },
  };
}

/** A directory in memory of one bench. */
export function memoryOf(base: string): string {
  return join('/dev/shm/exec-agent-tests', basename(base));
}

function noting(runtime: OciRuntime, executions: Set<string>): OciRuntime {
  return {
    ...runtime,
    openSandbox(spec, signal) {
      executions.add(spec.executionId);
      return runtime.openSandbox(spec, signal);
    },
  };
}

/** Without what goes by itself: a keeper reports the end of its container, and then it ends too. */
async function findLasting(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let found = await find();
  await becomesTrue(async () => {
    found = await find();
    return !found.some((each) => each.startsWith('process '));
  }, keeperEndMs);
  return found;
}

/** All that executions can leave: directories, engine records, processes, mounts, control groups. */
async function findTraces(base: string, executions: ReadonlySet<string>): Promise<readonly string[]> {
  const mountTable = await readFile('/proc/self/mountinfo', 'utf8');
  const found = await Promise.all([
    listed('workspace', join(base, 'work/oci/contract')),
    listed('workspace', join(base, 'work/oci/contract-2')),
    listed('network', join(base, 'state/networks/contract')),
    listed('engine record', join(base, 'state/engine')),
    listed('engine record', join(memoryOf(base), '.engine')),
    listed('waiting', join(base, 'work/oci-warm/contract')),
    listed('half an image', join(base, 'images/incoming')),
    listed('probe', join(base, 'state/probes')),
    processesOf(base),
    cgroupsOf(executions),
  ]);
  const mounts = mountTable.split('\n').filter((line) => line.includes(base));
  return [...found.flat(), ...mounts];
}

async function listed(what: string, directory: string) {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).map((name) => `${what} ${name}`);
}

/** @param command as /proc tells it */
export function isLauncher(command: string): boolean {
  return command.split('\0')[0]?.endsWith('/launcher') ?? false;
}

async function processesOf(base: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const command = await readIfThere(`/proc/${pid}/cmdline`);
      if (!command.includes(base)) return [];
      // A launcher without an order still waits at its agent's pipe: a socket.
      const input = await readlink(`/proc/${pid}/fd/0`).catch(() => undefined);
      // It ended between the two looks.
      if (input === undefined) return [];
      const isSpare = isLauncher(command) && input.startsWith('socket:');
      return isSpare ? [] : [`process ${pid} ${command.replaceAll('\0', ' ')}`];
    }),
  );
  return lines.flat();
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function cgroupsOf(executions: ReadonlySet<string>): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const parents = [root, ...(await readdir(root)).map((name) => join(root, name))];
  const lists = await Promise.all(
    parents.map(async (parent) => {
      const directory = join(parent, 'exec-agent');
      const names = await readdir(directory).catch(() => []);
      return names.filter((name) => executions.has(name.split('.')[0] ?? '')).map((name) => join(directory, name));
    }),
  );
  return lists.flat();
}
