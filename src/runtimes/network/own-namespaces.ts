import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../support/exec-error.ts';
import type { NetworkTools } from './network-tools.ts';
import { isRunning, ownMark, type ProcessMark, processMarkSchema } from './process-mark.ts';
import { runTool } from './run-tool.ts';

/** A network namespace that no process holds: it is bound to a file. */
export interface OwnNamespace {
  readonly id: string;
  /** For an OCI runtime's `linux.namespaces[].path`, and for `nsenter --net=`. */
  readonly path: string;
  /** Says whose it is, so that a sweep leaves it alone as long as that execution is known. */
  claim(executionId: string): Promise<void>;
  /** Safe to repeat. Processes and sockets in it keep it alive, without its file. */
  remove(): Promise<void>;
}

/** The namespaces of one deployment on this machine. */
export interface OwnNamespaces {
  /** With loopback up, and nothing else. */
  make(signal: AbortSignal): Promise<OwnNamespace>;
  /** After a restart of the agent; undefined when it is gone. */
  find(id: string): Promise<OwnNamespace | undefined>;
  /**
   * Removes those of executions that are not known, and those that an agent which has died kept ready.
   * @returns their ids
   */
  sweep(knownExecutions: ReadonlySet<string>): Promise<readonly string[]>;
}

export interface OwnNamespacesOptions {
  /** Of this deployment alone; made when it is missing. */
  readonly directory: string;
  readonly tools: NetworkTools;
  readonly timeoutMs: number;
}

const factsSchema = z.object({ maker: processMarkSchema, executionId: z.string().optional() });
const namespaceFileSystem = 0x6e736673;
const factsSuffix = '.json';

export function createOwnNamespaces({ directory, tools, timeoutMs }: OwnNamespacesOptions): OwnNamespaces {
  const pathOf = (id: string) => join(directory, id);

  // The facts come first, so that a sweep can tell about whatever there is.
  async function make(signal: AbortSignal): Promise<OwnNamespace> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const made = namespaceOf(randomUUID());
    try {
      await writeFacts(made.id, { maker: await ownMark() });
      await (await open(made.path, 'wx', 0o600)).close();
      await runTool([tools.unshare, `--net=${made.path}`, ...tools.loopbackUp], { timeoutMs, signal });
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  function namespaceOf(id: string): OwnNamespace {
    return {
      id,
      path: pathOf(id),
      claim: async (executionId) => writeFacts(id, { maker: await ownMark(), executionId }),
      remove: () => remove(id),
    };
  }

  async function remove(id: string): Promise<void> {
    const path = pathOf(id);
    if (await isBound(path)) await runTool([tools.umount, path], { timeoutMs });
    await rm(path, { force: true });
    await rm(`${path}${factsSuffix}`, { force: true });
  }

  async function writeFacts(id: string, facts: z.infer<typeof factsSchema>): Promise<void> {
    const path = `${pathOf(id)}${factsSuffix}`;
    await writeFile(`${path}.new`, JSON.stringify(facts), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async function isStale(id: string, known: ReadonlySet<string>): Promise<boolean> {
    const facts = await readFacts(`${pathOf(id)}${factsSuffix}`);
    if (facts === undefined) return true;
    const { executionId, maker } = facts;
    return executionId === undefined ? !(await isRunning(maker)) : !known.has(executionId);
  }

  return {
    make,
    async find(id) {
      return (await isBound(pathOf(id))) ? namespaceOf(id) : undefined;
    },
    async sweep(known) {
      const swept: string[] = [];
      const ids = new Set((await namesIn(directory)).map((name) => name.replace(/\..*$/, '')));
      for (const id of ids) {
        if (!(await isStale(id, known))) continue;
        await remove(id);
        await rm(`${pathOf(id)}${factsSuffix}.new`, { force: true });
        swept.push(id);
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

async function readFacts(
  path: string,
): Promise<{ readonly maker: ProcessMark; readonly executionId?: string | undefined } | undefined> {
  try {
    return factsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    // Cut short by a crash: whose it was is not to be known.
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
