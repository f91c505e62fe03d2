import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, expect, inject, test } from 'vitest';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { describeWith } from '../parts/require-part.ts';
import { startS3 } from '../parts/stores/s3.ts';
import { openStore } from '../s3/open-s3.ts';
import { makeSnakemake, snakemakeVersion } from './make-snakemake.ts';
import { noteClient } from './note-client.ts';
import { openTesBench } from './tes-bench.ts';

const { signal } = new AbortController();
const image = 'tes-snakemake:9.27.1';
const minutes = 60_000;

const snakefile = `rule all:
    input: "result.txt"

rule first:
    output: "first.txt"
    shell: "echo one > {output}"

rule second:
    input: "first.txt"
    output: "second.txt"
    shell: "(cat {input}; echo two) > {output}"

rule third:
    input: "second.txt"
    output: "result.txt"
    shell: "(cat {input}; echo three) > {output}"
`;

describeWith(['redis', 'docker', 's3', 'debian-image'], 'Snakemake with its TES plugin', () => {
  const close: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const done of close.toReversed()) await done();
  });

  test('runs a workflow of three rules with S3 storage', { timeout: 30 * minutes }, async () => {
    const { program, archive } = await makeSnakemake(image);
    const docker = createDockerApi(inject('docker').host.slice('unix://'.length));
    await docker.load(archive);
    const network = `tes-${randomUUID()}`;
    const gateway = await docker.createNetwork(network);
    close.push(() => docker.remove(`/networks/${network}`));
    const server = await startS3(inject('s3Program'));
    close.push(() => server.stop());
    const endpoint = await forward(gateway, Number(new URL(server.endpoint).port));
    close.push(endpoint.close);
    const bucket = `b-${randomUUID()}`;
    const store = openStore(server, { defaultBucket: bucket });
    await store.put({ name: 'bucket/exists' }, Readable.from([Buffer.from('x')]), signal);
    const directory = await mkdtemp(join(tmpdir(), 'snakemake-'));
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
    await writeFile(join(directory, 'Snakefile'), snakefile);
    // The plugin prints this file when a task fails.
    await writeFile(join(directory, 'funnel.log'), '');
    const args = [
      ...['-m', 'snakemake', '--executor', 'tes', '--tes-url', `${bench.url}/ga4gh/tes`, '--jobs', '2'],
      ...['--container-image', image, '--default-storage-provider', 's3'],
      ...['--default-storage-prefix', `s3://${bucket}/flow`, '--storage-s3-endpoint-url', endpoint.url],
      ...['--storage-s3-region', 'us-east-1', '--seconds-between-status-checks', '2'],
    ];
    const env = {
      ...process.env,
      GITHUB_WORKSPACE: directory,
      SNAKEMAKE_STORAGE_S3_ACCESS_KEY: server.accessKey,
      SNAKEMAKE_STORAGE_S3_SECRET_KEY: server.secretKey,
    };
    const ran = await promisify(execFile)(program, args, { cwd: directory, env, maxBuffer: 64 * 1024 ** 2 }).catch(
      async (error: unknown) => {
        const { tasks } = await bench.list('view=FULL');
        throw new Error(`${String(error)}\n${JSON.stringify(tasks, undefined, 1)}`);
      },
    );
    expect(ran.stderr).toContain('4 of 4 steps');
    const { tasks } = await bench.list('state=COMPLETE');
    expect(tasks).toHaveLength(3);
    expect(await text((await store.get({ name: 'flow/result.txt' }, signal)).body)).toBe('one\ntwo\nthree\n');
    await noteClient(snakemakeVersion);
  });
});

/** Makes a port of this host reachable for containers on a network of their own. */
async function forward(address: string, port: number) {
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      one.on('error', () => other.destroy()).pipe(other);
  });
  server.listen(0, address);
  await once(server, 'listening');
  const place = server.address();
  const own = typeof place === 'object' && place !== null ? place.port : 0;
  return { url: `http://${address}:${own}`, close: async () => void server.close() };
}
