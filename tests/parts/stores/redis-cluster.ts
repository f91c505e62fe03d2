import { Redis } from 'ioredis';
import type { DockerCertificates } from '../docker/docker-certificates.ts';
import { becomesTrue } from '../poll.ts';
import { findFreePort } from '../processes/free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** A Redis Cluster of three masters with one replica each, on loopback. */
export interface RedisCluster {
  /** `redis+cluster://127.0.0.1:…,127.0.0.1:…`, or `rediss+cluster:`; without a user. */
  readonly url: string;
  /** The servers that hold the key. */
  ownersOf(key: string): Promise<SlotOwners>;
  /** A connection to one server, for what a cluster client does not do; `stop` closes it. */
  connectTo(server: RedisServer): Redis;
  stop(): Promise<void>;
}

export interface SlotOwners {
  readonly master: RedisServer;
  /** In step with the master. */
  readonly replicas: readonly RedisServer[];
}

const slots = 16_384;
const masters = 3;
// Long enough that a starved process is not taken for a dead one.
const nodeTimeoutMs = 5000;
const patienceMs = 60_000;

interface Node {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly redis: Redis;
}

export interface RedisClusterOptions {
  /** File of users; absent: everyone may do everything. */
  readonly users?: { readonly file: string; readonly admin: string; readonly password: string };
  /** Absent: no TLS. */
  readonly certificates?: DockerCertificates;
}

export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const nodes: Node[] = [];
  const stop = async () => {
    for (const { redis } of nodes) redis.disconnect();
    await Promise.all(nodes.map(({ server }) => server.stop()));
  };
  try {
    await Promise.all(Array.from({ length: 2 * masters }, async () => nodes.push(await startNode(options))));
    await join(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  const scheme = options.certificates === undefined ? 'redis' : 'rediss';
  const serverAt = (port: number) => nodes.find(({ server }) => server.port === port)?.server;
  return {
    url: `${scheme}+cluster://${nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`,
    connectTo: (server) => nodes.find((node) => node.server === server)?.redis ?? new Redis(server.socket),
    async ownersOf(key) {
      const answer = await Promise.any(nodes.map(({ redis }) => ownersAt(redis, key)));
      const [master, ...replicas] = answer.flatMap((port) => serverAt(port) ?? []);
      if (master === undefined) throw new Error(`no server holds the slot of ${key}`);
      return { master, replicas };
    },
    stop,
  };
}

async function startNode({ users, certificates }: RedisClusterOptions): Promise<Node> {
  const [port, busPort] = [await findFreePort(), await findFreePort()];
  // A replica is a client of its master.
  const login = users === undefined ? [] : ['--masteruser', users.admin, '--masterauth', users.password];
  const acl = users === undefined ? [] : ['--aclfile', users.file, ...login];
  const tls = certificates === undefined ? [] : tlsArgs(certificates, port);
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
  const timing = ['--cluster-node-timeout', String(nodeTimeoutMs), '--repl-diskless-sync-delay', '0'];
  const server = await startRedis({ port, extraArgs: [...cluster, ...timing, ...acl, ...tls] });
  const redis = new Redis(
    server.socket,
    users === undefined ? {} : { username: users.admin, password: users.password },
  );
  // One that was killed stays away.
  redis.on('error', () => undefined);
  return { server, busPort, redis };
}

function tlsArgs({ server, client }: DockerCertificates, port: number): readonly string[] {
  const files = ['--tls-cert-file', `${server}/cert.pem`, '--tls-key-file', `${server}/key.pem`];
  // Nodes show one another a certificate also where clients need none.
  const ofNodes = ['--tls-client-cert-file', `${client}/cert.pem`, '--tls-client-key-file', `${client}/key.pem`];
  const uses = ['--tls-cluster', 'yes', '--tls-replication', 'yes', '--tls-auth-clients', 'no'];
  return [
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-ca-cert-file',
    `${server}/ca.pem`,
    ...files,
    ...ofNodes,
    ...uses,
  ];
}

/** Makes one cluster of the nodes: the first ones become masters. */
async function join(nodes: readonly Node[]): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) return;
  const width = Math.ceil(slots / masters);
  for (const [at, { redis }] of nodes.slice(0, masters).entries()) {
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', at * width, Math.min((at + 1) * width, slots) - 1);
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
  }
  for (const { server, busPort } of others)
    await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort);
  const knowAll = async () => {
    const infos = await Promise.all(nodes.map(({ redis }) => redis.call('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes(`cluster_known_nodes:${nodes.length}`));
  };
  await need(knowAll, 'the nodes of the cluster know each other');
  for (const [at, { redis }] of nodes.slice(masters).entries()) {
    const id = String(await nodes[at]?.redis.call('CLUSTER', 'MYID'));
    await need(() => replicate(redis, id), 'a replica follows its master');
  }
  const isWell = async () => {
    const seen = await Promise.all(nodes.map(({ redis }) => redis.cluster('SLOTS')));
    // First and last slot, the master, its replica.
    if (!seen.every((ranges) => ranges.length === masters && ranges.every((range) => range.length === 4))) return false;
    const states = await Promise.all(
      nodes.map(async ({ redis }) => `${await redis.call('CLUSTER', 'INFO')}${await redis.info('replication')}`),
    );
    const hold = states.filter((state) => state.includes('role:master') || state.includes('master_link_status:up'));
    return hold.length === nodes.length && states.every((state) => state.includes('cluster_state:ok'));
  };
  await need(isWell, 'the cluster is well');
}

/** A node that does not know the master yet refuses. */
async function replicate(redis: Redis, id: string): Promise<boolean> {
  try {
    await redis.call('CLUSTER', 'REPLICATE', id);
    return true;
  } catch {
    return false;
  }
}

/** Ports of the master and of the replicas that hold the key, as one node sees it. */
async function ownersAt(redis: Redis, key: string): Promise<readonly number[]> {
  const slot = Number(await redis.cluster('KEYSLOT', key));
  const ranges = await redis.cluster('SLOTS');
  const range = ranges.find(([from, to]) => from <= slot && slot <= to);
  if (range === undefined) throw new Error(`nobody holds the slot ${slot}`);
  const [, , ...owners] = range;
  return owners.map((owner) => Number(Array.isArray(owner) ? owner[1] : 0));
}

async function need(condition: () => Promise<boolean>, what: string): Promise<void> {
  if (!(await becomesTrue(condition, patienceMs))) throw new Error(`not within ${patienceMs} ms: ${what}`);
}
