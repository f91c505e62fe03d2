/** What a URL of a Redis Cluster says. */
export interface ClusterAddress {
  /** Some of its nodes; they name the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  readonly isTls: boolean;
}

const form = /^redis(?<tls>s?)\+cluster:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<nodes>[^@/]+)\/?$/;
const usualPort = 6379;

export function isClusterUrl(url: string): boolean {
  return /^rediss?\+cluster:/.test(url);
}

/** `redis+cluster://user:password@host:port,host:port`, or `rediss+cluster://` with TLS; undefined for anything else. */
export function parseClusterUrl(url: string): ClusterAddress | undefined {
  const { tls = '', user, password, nodes = '' } = form.exec(url)?.groups ?? {};
  const parsed = nodes
    .split(',')
    .map((node) => (URL.canParse(`redis://${node}`) ? new URL(`redis://${node}`) : undefined));
  if (!parsed.every((node) => node !== undefined && node.hostname !== '')) return undefined;
  return {
    nodes: parsed.flatMap((node) =>
      node === undefined ? [] : [{ host: node.hostname.replace(/^\[|\]$/g, ''), port: Number(node.port) || usualPort }],
    ),
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    isTls: tls !== '',
  };
}
