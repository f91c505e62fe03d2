import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { startS3 } from '../parts/stores/s3.ts';
import { openStore } from '../s3/open-s3.ts';
import { inRoot, type PythonPrograms } from './python-programs.ts';
import { openTesBench } from './tes-bench.ts';

const { signal } = new AbortController();
const patienceMs = 15 * 60_000;

/** A program of a workflow engine on this host. */
export interface Command {
  readonly programs: PythonPrograms;
  /** By name, in the directory in which it runs. */
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** An agent whose containers reach the host alone, and an S3 server that both reach at one address. */
export async function openWorkflowBench() {
  const close: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const each of close.splice(0).toReversed()) await each();
  };
  try {
    const docker = createDockerApi(inject('docker').host.slice('unix://'.length));
    const network = `tes-${randomUUID()}`;
    const gateway = await docker.createNetwork(network);
    close.push(() => docker.remove(`/networks/${network}`));
    const server = await startS3(inject('s3Program'));
    close.push(() => server.stop());
    const endpoint = await forward(gateway, server.endpoint);
    close.push(endpoint.close);
    const bucket = `b-${randomUUID()}`;
    const store = openStore(server, { defaultBucket: bucket });
    await store.put({ name: 'bucket/exists' }, Readable.from([Buffer.from('x')]), signal);
    const directory = await mkdtemp(join(tmpdir(), 'workflows-'));
    close.push(() => rm(directory, { recursive: true, force: true }));
    const policyFile = join(directory, 'policy.yaml');
    await writeFile(policyFile, 'network: open\n');
    const bench = await openTesBench({
      policyFile,
      tesNetwork: 'open',
      dockerNetwork: network,
      memoryDefault: 1024 ** 3,
      bucket,
      minioEndpoint: server.endpoint,
      minioAccessKey: server.accessKey,
      minioSecretKey: server.secretKey,
    });
    close.push(() => bench.close());
    const load = (programs: PythonPrograms) => docker.load(programs.archive);
    const run = (command: Command) => runIn(command).catch(withTasks(bench));
    return { ...bench, server, store, bucket, endpoint: endpoint.url, load, run, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

export type WorkflowBench = Awaited<ReturnType<typeof openWorkflowBench>>;

/** @returns what it wrote to both streams */
async function runIn({ programs: { root }, files, env, args }: Command): Promise<string> {
  const directory = `/tmp/${randomUUID()}`;
  const outside = join(root, directory);
  await mkdir(outside);
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(outside, name), content);
    const [program, ...rest] = inRoot(root, directory, args);
    const environment = { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, ...env };
    const options = { env: environment, maxBuffer: 64 * 1024 ** 2, timeout: patienceMs };
    const { stdout, stderr } = await promisify(execFile)(program, rest, options);
    return `${stdout}${stderr}`;
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}

/** The log of a task has why a workflow failed. */
function withTasks(bench: Awaited<ReturnType<typeof openTesBench>>) {
  return async (error: unknown): Promise<never> => {
    const { tasks } = await bench.list('view=FULL');
    throw new Error(`${String(error)}\n${JSON.stringify(tasks, undefined, 1)}`);
  };
}

/** What Toil allows in its buckets before it uses them; the server always allows it, and has no switch for it. */
const bucketSwitches = /[?&](?:publicAccessBlock|ownershipControls|encryption)(?:[=&]|$)/;

/** Makes an S3 server of this host reachable for containers on a network of their own. */
async function forward(address: string, endpoint: string) {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((incoming, reply) => {
    const { method, url: path, headers } = incoming;
    if (bucketSwitches.test(path ?? '')) {
      incoming.resume();
      reply.writeHead(method === 'DELETE' ? 204 : 200).end();
      return;
    }
    const upstream = request({ hostname, port, method, path, headers }, (response) => {
      reply.writeHead(response.statusCode ?? 502, response.headers);
      pipeline(response, reply, () => undefined);
    });
    pipeline(incoming, upstream, (error) => error && reply.destroy(error));
  });
  server.listen(0, address);
  await once(server, 'listening');
  const place = server.address();
  const own = typeof place === 'object' && place !== null ? place.port : 0;
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${address}:${own}`, close };
}
