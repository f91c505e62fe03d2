import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { withFileLock } from '../../support/files/file-lock.ts';
import { readJson } from '../../support/json/read-json.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Where agents are reached over HTTP, by name. */
export interface Context {
  readonly url: string;
  /** Absent for an agent on this host that has no tokens. */
  readonly token?: string | undefined;
}

export interface Contexts {
  /** Absent: commands use Redis, unless EXEC_URL is set. */
  readonly current?: string | undefined;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** Names the Redis of this host, also where no context is kept. */
export const localContext = 'local';

export const contextsSchema = z.object({
  current: z.string().optional(),
  contexts: z.record(z.string(), z.object({ url: z.string(), token: z.string().optional() })),
});

// What group and others may do with the file.
const othersMode = 0o077;
const lockWaitMs = 5000;

export function contextsFile({ env, cwd }: Pick<Terminal, 'env' | 'cwd'>): string {
  const home = env.HOME === undefined || env.HOME === '' ? homedir() : env.HOME;
  const base =
    env.XDG_CONFIG_HOME === undefined || env.XDG_CONFIG_HOME === '' ? join(home, '.config') : env.XDG_CONFIG_HOME;
  return resolve(cwd, base, 'exec-agent/contexts.json');
}

/** @throws ExecError INVALID_REQUEST for a file that others may read, or that is damaged */
export async function readContexts(path: string): Promise<Contexts> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & othersMode) !== 0)
      throw new ExecError(
        'INVALID_REQUEST',
        `${path} holds tokens, and other users have access to it. Run: chmod 600 ${path}`,
      );
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { contexts: {} };
    if (error instanceof ExecError) throw error;
    throw new ExecError('INVALID_REQUEST', `${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  const { data, problem } = readJson(text, contextsSchema);
  if (problem === undefined) return data;
  throw new ExecError('INVALID_REQUEST', `${path} is damaged: ${problem}. Remove it and run "exec-agent login" again.`);
}

/** One change at a time; others see the file as it was or as it is afterwards. */
export async function changeContexts(path: string, change: (kept: Contexts) => Contexts): Promise<void> {
  await makeDirectory(dirname(path));
  await withFileLock(`${path}.lock`, { waitMs: lockWaitMs }, async () =>
    writeContexts(path, change(await readContexts(path))),
  );
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `${path} cannot be made: ${messageOf(error)}.`, { cause: error });
  }
}

/** Replaces the file in one step, readable by this user alone. */
async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  const fresh = `${path}.${process.pid}`;
  try {
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${JSON.stringify(contexts, null, 2)}\n`);
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `${path} cannot be written: ${messageOf(error)}.`, { cause: error });
  }
}

/** @throws ExecError INVALID_REQUEST for a name that is not kept */
export function contextNamed({ contexts }: Contexts, name: string): Context {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context !== undefined) return context;
  const names = [localContext, ...Object.keys(contexts)].join(', ');
  throw new ExecError(
    'INVALID_REQUEST',
    `There is no context ${JSON.stringify(name)}, only: ${names}. "exec-agent login URL" adds one.`,
  );
}
