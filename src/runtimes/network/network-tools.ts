import { ExecError } from '../../support/exec-error.ts';
import { findProgram } from '../../support/processes/find-program.ts';

/** Programs of the system that work on network namespaces, by absolute path. */
export interface NetworkTools {
  readonly nsenter: string;
  readonly unshare: string;
  readonly umount: string;
  /**
   * Brings up the loopback of the namespace it runs in: a new namespace has one that is down. Absent: nothing here can,
   * and only who makes namespaces needs it.
   */
  readonly loopbackUp: readonly string[] | undefined;
}

const linkUp = ['link', 'set', 'lo', 'up'];

/**
 * @param searchPath in the form of `$PATH`
 * @throws ExecError RUNTIME_UNAVAILABLE naming what is missing
 */
export async function findNetworkTools(searchPath: string): Promise<NetworkTools> {
  const find = (name: string) => findProgram(name, searchPath);
  const [nsenter, unshare, umount, ip, busybox, ifconfig] = await Promise.all(
    ['nsenter', 'unshare', 'umount', 'ip', 'busybox', 'ifconfig'].map(find),
  );
  const loopbackUp =
    ip !== undefined
      ? [ip, ...linkUp]
      : busybox !== undefined
        ? [busybox, 'ip', ...linkUp]
        : ifconfig !== undefined
          ? [ifconfig, 'lo', 'up']
          : undefined;
  if (nsenter === undefined || unshare === undefined || umount === undefined)
    throw missing('nsenter, unshare and umount', 'util-linux');
  return { nsenter, unshare, umount, loopbackUp };
}

/** @throws ExecError RUNTIME_UNAVAILABLE where there is no program for it */
export function loopbackCommand({ loopbackUp }: NetworkTools): readonly string[] {
  if (loopbackUp === undefined) throw missing('ip', 'iproute2');
  return loopbackUp;
}

function missing(programs: string, from: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `Containers cannot be given services or ports here: ${programs} (of the package ${from}) cannot be found.`,
  );
}
