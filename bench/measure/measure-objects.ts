import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createRedisClient, type ExecutionRequest } from '../../src/client/index.ts';
import { createS3Store } from '../../src/objects/s3/create-s3-store.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { type S3Server, startS3 } from '../../tests/parts/stores/s3.ts';
import type { BenchParts } from '../bench-parts.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { interleave, medianOf, type Rounds } from '../interleave.ts';
import { serveAgent } from '../serve-agent.ts';
import { round, summarise } from '../summarise.ts';

const run = promisify(execFile);
const MiB = 1024 ** 2;
const bucket = 'exec-agent';
const region = 'us-east-1';
const large = 'large.bin';

const request: ExecutionRequest = {
  container: { image: 'alpine:latest', command: ['cp', `/workspace/input/${large}`, `/workspace/output/${large}`] },
  input: { minio_objects: [{ object_name: large }] },
  output: { minio_upload: true },
};

/**
 * One large object into a container and, copied there, out again as another; over `curl`, which gets it to a file, has
 * that copied and puts the copy, at the same store. And the most memory that the agent ever had.
 */
export async function measureObjects(parts: BenchParts, size: BenchSize) {
  if (parts.s3Program === undefined) throw new Error(`there is no S3 server: ${parts.missing.get('s3')}`);
  await installPrograms(['curl'], parts.tell);
  const s3 = await startS3(parts.s3Program, { directory: join(parts.directory, 's3') });
  try {
    await fillStore(s3, { full: 1024 * MiB, quick: 64 * MiB, smoke: 16 * MiB }[size]);
    const rounds = { full: 5, quick: 2, smoke: 1 }[size];
    const copied = await measure(parts, s3, { rounds, warmups: size === 'smoke' ? 0 : 1 });
    return { ...copied, ...(await measureCached(parts, s3, rounds)) };
  } finally {
    await s3.stop();
  }
}

function agentWithStore(parts: BenchParts, s3: S3Server, name: string) {
  return {
    ...parts.agentVariables(name),
    EXEC_RUNTIME: 'oci',
    MINIO_ENDPOINT: s3.endpoint,
    MINIO_ACCESS_KEY: s3.accessKey,
    MINIO_SECRET_KEY: s3.secretKey,
    MINIO_BUCKET: bucket,
  };
}

async function measure(parts: BenchParts, s3: S3Server, rounds: Rounds) {
  const variables = agentWithStore(parts, s3, 'objects');
  const agent = await serveAgent(variables);
  const [requestChannel, responseChannel] = [variables.EXEC_REQUEST_CHANNEL, variables.EXEC_RESPONSE_CHANNEL];
  const client = await createRedisClient({ url: parts.redisUrl, requestChannel, responseChannel });
  const urls = await presign(s3);
  const phases: unknown[] = [];
  try {
    const timed = await interleave(
      [
        {
          name: 'agent',
          run: async () => {
            const { success, error, result } = await client.run(request);
            if (!success) throw new Error(error);
            phases.push(result?.metadata.phases);
          },
        },
        { name: 'curl', run: () => copyByCurl(urls, parts.directory) },
      ],
      rounds,
    );
    return {
      object_copy_ratio: round(medianOf(timed, 'agent') / medianOf(timed, 'curl')),
      object_rss_mb: round(await agent.peakMb()),
      object_phases_ms: phases.at(-1),
      object_copy_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
    };
  } finally {
    await client.close();
    await agent.stop();
  }
}

/** The time in which the object gets into a container when it was there before, over the time of an agent without a cache. */
async function measureCached(parts: BenchParts, s3: S3Server, rounds: number) {
  const staged = { fetched: [] as number[], cached: [] as number[] };
  const contenders = [
    { times: staged.fetched, variables: { ...agentWithStore(parts, s3, 'objects-fetched') } },
    { times: staged.cached, variables: { ...agentWithStore(parts, s3, 'objects-cached'), EXEC_INPUT_CACHE: '4g' } },
  ];
  const opened = [];
  try {
    for (const { times, variables } of contenders) {
      const agent = await serveAgent(variables);
      const [requestChannel, responseChannel] = [variables.EXEC_REQUEST_CHANNEL, variables.EXEC_RESPONSE_CHANNEL];
      opened.push({
        times,
        agent,
        client: await createRedisClient({ url: parts.redisUrl, requestChannel, responseChannel }),
      });
    }
    const reading = { ...request, container: { image: 'alpine:latest', command: ['true'] }, output: {} };
    // The first round fills the cache.
    for (let done = 0; done <= rounds; done++)
      for (const { times, client } of opened) {
        const { success, error, result } = await client.run(reading);
        if (!success) throw new Error(error);
        if (done > 0) times.push(result?.metadata.phases?.staged ?? Number.NaN);
      }
  } finally {
    for (const { agent, client } of opened) {
      await client.close();
      await agent.stop();
    }
  }
  const median = (times: readonly number[]) => summarise(times).median;
  return { object_cached_ratio: round(median(staged.cached) / median(staged.fetched)), object_staged_ms: staged };
}

async function fillStore({ endpoint, accessKey, secretKey }: S3Server, bytes: number): Promise<void> {
  const credentials = { accessKey, secretKey };
  const store = createS3Store({
    endpoint,
    credentials,
    region,
    useSsl: false,
    defaultBucket: bucket,
    createBucket: true,
    logger: createSilentLogger(),
  });
  await store.put({ name: large }, Readable.from(contentOf(bytes)), new AbortController().signal);
}

/** Nothing that a store could make smaller. */
function* contentOf(bytes: number): Generator<Buffer, void> {
  for (let made = 0; made < bytes; made += MiB) yield randomBytes(MiB);
}

interface SignedUrls {
  readonly get: string;
  readonly put: string;
}

async function presign({ endpoint, accessKey, secretKey }: S3Server): Promise<SignedUrls> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    // A checksum in the URL would be that of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const expiresIn = 3600;
  const [get, put] = await Promise.all([
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: large }), { expiresIn }),
    getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: `copy of ${large}` }), { expiresIn }),
  ]);
  client.destroy();
  return { get, put };
}

async function copyByCurl({ get, put }: SignedUrls, place: string): Promise<void> {
  const to = await mkdtemp(join(place, 'curl-'));
  try {
    // The image's cp: that of coreutils, which copies within the kernel, takes half of the time.
    const script = 'curl -sSf -o in "$0" && busybox cp in out && curl -sSf -T out "$1"';
    await run('sh', ['-c', script, get, put], { cwd: to });
  } finally {
    await rm(to, { recursive: true });
  }
}
