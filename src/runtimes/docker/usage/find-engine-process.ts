import { readdir, readlink, stat } from 'node:fs/promises';
import { mapErrno } from '../../../support/files/map-errno.ts';
import { parseEngineAddress } from '../engine/engine-address.ts';
import { engineProcesses, readIfAlive } from '../recovery/find-processes.ts';

// What the kernel says of a socket that takes connections.
const listening = '00010000';

/**
 * The Docker Engine that answers there, as a process of this machine; undefined: it is elsewhere, or something passes
 * calls on to it. It is proven: the process listens at that very file.
 */
export async function findEngineProcess(host: string): Promise<number | undefined> {
  const address = parseEngineAddress(host);
  if (address.kind !== 'unix') return undefined;
  const file = await fileId(address.socketPath);
  if (file === undefined) return undefined;
  for (const pid of await engineProcesses()) if (await listensAt(pid, file)) return pid;
  return undefined;
}

async function listensAt(pid: number, file: string): Promise<boolean> {
  const own = await socketsOf(pid);
  for (const line of (await readIfAlive(`/proc/${pid}/net/unix`)).split('\n')) {
    const [, , , flags, , , socket = '', path = ''] = line.trim().split(/\s+/);
    if (flags !== listening || !own.has(socket) || !path.startsWith('/')) continue;
    if ((await fileId(`/proc/${pid}/root${path}`)) === file) return true;
  }
  return false;
}

/** As the kernel numbers them. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const directory = `/proc/${pid}/fd`;
  const names = (await unlessGone(readdir(directory))) ?? [];
  const links = await Promise.all(names.map((name) => unlessGone(readlink(`${directory}/${name}`))));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? []));
}

/** The same for two paths of one file. */
async function fileId(path: string): Promise<string | undefined> {
  const found = await unlessGone(stat(path));
  return found && `${found.dev}:${found.ino}`;
}

/** Undefined as well for what must not be read. */
function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  return mapErrno<T | undefined>(work, { ENOENT: undefined, ESRCH: undefined, EACCES: undefined, EPERM: undefined });
}
