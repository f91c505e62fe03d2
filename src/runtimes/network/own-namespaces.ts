import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readlink, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../support/exec-error.ts';
import { namesIn } from '../../support/files/names-in.ts';
import type { Owners } from '../../support/processes/owners.ts';
import { type ProcessMark, processMarkSchema } from '../../support/processes/process-mark.ts';
import type { IsKnown } from '../runtime.ts';
import type { Namespace } from './namespace.ts';
import { loopbackCommand, type NetworkTools } from './network-tools.ts';
import { runTool } from './run-tool.ts';

/**
 * The namespaces of one deployment on this machine. No process holds them: each is bound to a file, in this process's mount
 * namespace. Processes and sockets in one keep it alive without its file.
 */
export interface OwnNamespaces {
  /** With loopback up, and nothing else. */
  make(signal: AbortSignal): Promise<Namespace>;
  /** After a restart of the agent; undefined when it is gone. */
  find(id: string): Promise<Namespace | undefined>;
  /**
   * Removes those of executions that are not known, and those that an agent which has died kept ready.
   */
  sweep(isKnown: IsKnown): Promise<readonly SweptNamespace[]>;
}

export interface SweptNamespace {
  readonly id: string;
  /** Absent: it was ready for any. */
  readonly executionId?: string | undefined;
}

export interface OwnNamespacesOptions {
  /** Of this deployment alone; made when it is missing. */
  readonly directory: string;
  readonly owners: Owners;
  readonly tools: () => Promise<NetworkTools>;
  readonly timeoutMs: number;
}

const factsSchema = z.object({ maker: processMarkSchema });
const namespaceFileSystem = 0x6e736673;
const factsSuffix = '.json';
/** A link to no file: it tells whose namespace it is, and is made whole in one step while an execution waits. */
const claimSuffix = '.claim';

export function createOwnNamespaces({ directory, owners, tools, timeoutMs }: OwnNamespacesOptions): OwnNamespaces {
  const pathOf = (id: string) => join(directory, id);

  // Write the facts first, so that a sweep can identify every namespace it finds.
  async function make(signal: AbortSignal): Promise<Namespace> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const made = namespaceOf(randomUUID());
    try {
      await writeFile(`${made.path}${factsSuffix}`, JSON.stringify({ maker: await owners.mark() }), { mode: 0o600 });
      await (await open(made.path, 'wx', 0o600)).close();
      const found = await tools();
      // Not ended by the signal: a child of its own would bind the file when it is already gone.
      await runTool([found.unshare, `--net=${made.path}`, ...loopbackCommand(found)], { timeoutMs });
      signal.throwIfAborted();
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  function namespaceOf(id: string): Namespace {
    return {
      id,
      path: pathOf(id),
      claim: (executionId) => symlink(executionId, `${pathOf(id)}${claimSuffix}`),
      isAlive: () => isBound(pathOf(id)),
      remove: () => remove(id),
    };
  }

  async function remove(id: string): Promise<void> {
    const path = pathOf(id);
    if (await isBound(path)) await runTool([(await tools()).umount, path], { timeoutMs });
    await rm(path, { force: true });
    await rm(`${path}${claimSuffix}`, { force: true });
    await rm(`${path}${factsSuffix}`, { force: true });
  }

  /** What is to be removed of it; undefined: nothing. */
  async function staleOf(id: string, isKnown: IsKnown): Promise<SweptNamespace | undefined> {
    const executionId = await readClaim(`${pathOf(id)}${claimSuffix}`);
    if (executionId !== undefined) return (await isKnown(executionId)) ? undefined : { id, executionId };
    const maker = await readMaker(`${pathOf(id)}${factsSuffix}`);
    return maker !== undefined && (await owners.isAlive(maker)) ? undefined : { id };
  }

  return {
    make,
    async find(id) {
      return (await isBound(pathOf(id))) ? namespaceOf(id) : undefined;
    },
    async sweep(isKnown) {
      const swept: SweptNamespace[] = [];
      const ids = new Set((await namesIn(directory)).map((name) => name.replace(/\..*$/, '')));
      for (const id of ids) {
        const stale = await staleOf(id, isKnown);
        if (stale === undefined) continue;
        await remove(id);
        swept.push(stale);
      }
      return swept;
    },
  };
}

async function isBound(path: string): Promise<boolean> {
  try {
    return (await statfs(path)).type === namespaceFileSystem;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whose it is; undefined: nobody's yet. */
async function readClaim(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function readMaker(path: string): Promise<ProcessMark | undefined> {
  try {
    return factsSchema.parse(JSON.parse(await readFile(path, 'utf8'))).maker;
  } catch (error) {
    // Cut short by a crash: whose it was is not to be known.
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
