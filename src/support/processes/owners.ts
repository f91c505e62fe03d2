import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readlink, rename, rm, rmdir } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { errnoOf } from '../exec-error.ts';
import { namesIn } from '../files/names-in.ts';
import { isAlive, ownMark, type ProcessMark } from './process-mark.ts';

/** Which processes own what they made in directories or servers that they share, also if they see no process of each other. */
export interface Owners {
  /** Of this process, as it is written down. The first call begins to prove that it lives. */
  mark(): Promise<ProcessMark>;
  /** Whether the process that wrote it down still runs. */
  isAlive(mark: ProcessMark): Promise<boolean>;
  /** Removes what processes that have ended left here. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

interface Beacon {
  readonly name: string;
  close(): Promise<void>;
}

/**
 * A process listens on a socket in the directory for as long as it lives: process ids mean nothing in another PID namespace, but
 * the kernel refuses connections to a socket whose process has ended.
 * @param directory which these processes share; made when it is needed
 */
export function createOwners(directory: string): Owners {
  let lit: Promise<Beacon | undefined> | undefined;

  /** Not every file system has sockets: without one, processes in this PID namespace still know each other by process ids. */
  async function lightIfPossible(): Promise<Beacon | undefined> {
    try {
      return await light(directory);
    } catch {
      // What stood in the way may pass: the next mark tries again.
      lit = undefined;
      return undefined;
    }
  }

  return {
    async mark() {
      lit ??= lightIfPossible();
      const [mark, namespace, beacon] = await Promise.all([ownMark(), pidNamespace(), lit]);
      return { ...mark, namespace, beacon: beacon?.name };
    },

    async isAlive(mark) {
      const { namespace, beacon } = mark;
      if (namespace === undefined || namespace === (await pidNamespace())) return isAlive(mark);
      return beacon !== undefined && isPlain(beacon) && isLit(directory, beacon);
    },

    async tidy() {
      for (const name of await namesIn(directory))
        if (isPlain(name) && !(await isLit(directory, name))) await rm(join(directory, name), { force: true });
    },

    async close() {
      const beacon = await lit;
      await beacon?.close();
    },
  };
}

/** The kernel's number of the PID namespace of this process: it becomes part of paths, some of which must have no colon. */
async function pidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replaceAll(/\D/g, '');
}

const unfinished = '.new';

function isPlain(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

async function light(directory: string): Promise<Beacon> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = randomUUID().slice(0, 8);
  const server = createServer((socket) => socket.destroy());
  await within(directory, name, async (path) => {
    // Under a name that is not tidied away: between its bind and its listen the socket looks dead.
    await listen(server, `${path}${unfinished}`);
    await rename(`${path}${unfinished}`, path);
  }).catch((error: unknown) => {
    server.close();
    throw error;
  });
  // A connection that could not be accepted shows its maker a process that lives, all the same.
  server.on('error', () => undefined);
  server.unref();
  return {
    name,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await rm(join(directory, name), { force: true });
      // Others may still use it.
      await rmdir(directory).catch(() => undefined);
    },
  };
}

/** The path of a socket has room for 107 bytes: it is named by way of its directory's descriptor. */
async function within<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const handle: FileHandle = await open(directory);
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** False only when nobody listens: a process that is too busy to accept still lives. */
async function isLit(directory: string, name: string): Promise<boolean> {
  try {
    await within(directory, name, touch);
    return true;
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT', 'ENOTDIR', 'ENOTSOCK'].includes(errnoOf(error) ?? '');
  }
}

function touch(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
