import type { HoldOrder } from '../../wire/pod/pod.ts';

// As setrlimit(2) has them on amd64 and arm64.
const resources = { core: 4, processes: 6, files: 7 } as const;

/**
 * The order in the form that order.h describes.
 * @throws RangeError for a text with a NUL: what is behind it would be read as the next text
 */
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
    order.servicePort ?? 0,
    ...counted(order.hidden),
    user?.uid ?? 0,
    user?.gid ?? 0,
    ...counted(user?.additionalGids ?? []),
    capabilities,
    order.directory,
    order.stdin ?? '/dev/null',
    order.stdout ?? '',
    order.stderr ?? '',
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
