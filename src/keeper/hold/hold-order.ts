/** What `hold` is to execute, and as what; order.h has its form. */
export interface HoldOrder {
  /** A network namespace with `lo` alone. */
  readonly ownNetwork: boolean;
  /** The filter that takes back what CAP_SYS_ADMIN opened. */
  readonly filter: boolean;
  readonly noNewPrivileges: boolean;
  /** Mount points that the command does not see. */
  readonly hidden: readonly string[];
  /** Absent: those that the container was started with. */
  readonly user?: HoldUser;
  /** Absolute; made where it is missing. */
  readonly directory: string;
  /** A file that is the command's stdin, read-only; absent: an empty one. */
  readonly stdin?: string | undefined;
  readonly limits: readonly HoldLimit[];
  /** Not empty; the first is a path or is looked for in PATH. */
  readonly command: readonly string[];
  /** `NAME=value` */
  readonly variables: readonly string[];
}

export interface HoldUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Numbers of capabilities(7). */
  readonly capabilities: readonly number[];
}

export interface HoldLimit {
  readonly resource: keyof typeof resources;
  readonly soft: number;
  readonly hard: number;
}

// As setrlimit(2) has them on amd64 and arm64.
const resources = { core: 4, processes: 6, files: 7 } as const;

/** A NUL would end a text early: what is behind it would be read as the next one. @throws RangeError for such a text */
export function encodeOrder(order: HoldOrder): Buffer {
  const { user } = order;
  const flags = [
    order.ownNetwork ? 'n' : '',
    user === undefined ? '' : 'u',
    order.noNewPrivileges ? 'p' : '',
    order.filter ? 'f' : '',
  ].join('');
  const capabilities = (user?.capabilities ?? []).reduce((mask, each) => mask | (1n << BigInt(each)), 0n);
  const limits = order.limits.flatMap(({ resource, soft, hard }) => [resources[resource], soft, hard]);
  const texts = [
    flags,
    ...counted(order.hidden),
    user?.uid ?? 0,
    user?.gid ?? 0,
    ...counted(user?.additionalGids ?? []),
    capabilities,
    order.directory,
    order.stdin ?? '/dev/null',
    order.limits.length,
    ...limits,
    ...counted(order.command),
    ...counted(order.variables),
  ].map(String);
  const broken = texts.find((text) => text.includes('\0'));
  if (broken !== undefined) throw new RangeError('a text of an order has a NUL character');
  return Buffer.from(texts.map((text) => `${text}\0`).join(''));
}

function counted<T>(list: readonly T[]): readonly (T | number)[] {
  return [list.length, ...list];
}
