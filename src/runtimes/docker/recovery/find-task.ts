import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { mapErrno } from '../../../support/files/map-errno.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { type ProcessOfContainer, readIfAlive } from './find-processes.ts';

/**
 * What the OCI runtime keeps of a container: nothing; one that is made and waits for its start; one whose command was begun,
 * and may have ended.
 */
export type TaskState = 'none' | 'waits' | 'begun' | 'not seen';

// Their directories are known: they take a pipe away when they begin the command.
const knownRuntimes = new Set(['runc', 'crun']);
const startPipe = 'exec.fifo';
const stateFiles = ['state.json', 'status'];
// A shim runs in a directory with this, as the engine gave it.
const optionsFile = 'options.json';
const optionsSchema = z.object({ binary_name: z.string().default('runc'), root: z.string() });

/** @param shim which holds the container for its engine, and outlives that */
export async function findTask(shim: ProcessOfContainer, containerId: string): Promise<TaskState> {
  const [, namespace] = /-namespace (\S+)/.exec(shim.command) ?? [];
  const options = await readOptions(`/proc/${shim.pid}/cwd/${optionsFile}`);
  if (options === undefined || namespace === undefined) return 'not seen';
  if (!knownRuntimes.has(basename(options.binary_name))) return 'not seen';
  const directory = join(`/proc/${shim.pid}/root`, options.root, namespace, containerId);
  const found = await mapErrno(stateIn(directory), { EACCES: 'not seen', ESRCH: 'not seen' } as const);
  // Behind a process that has gone there is nothing to be seen.
  return (await readIfAlive(`/proc/${shim.pid}/cmdline`)) === '' ? 'not seen' : found;
}

async function readOptions(path: string) {
  const text = await readIfAlive(path);
  return text === '' ? undefined : readJson(text, optionsSchema).data;
}

async function stateIn(directory: string): Promise<TaskState> {
  if (await exists(join(directory, startPipe))) return 'waits';
  for (const name of stateFiles) if (await exists(join(directory, name))) return 'begun';
  return 'none';
}

function exists(path: string): Promise<boolean> {
  return mapErrno(
    stat(path).then(() => true),
    { ENOENT: false },
  );
}
