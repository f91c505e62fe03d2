import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Agent } from '../../src/agent/agent-types.ts';
import { configSchema } from '../../src/agent/config/config-schema.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../src/wire/response/response.ts';
import { testChannels } from '../cli/helpers/test-channels.ts';
import { createServers } from '../parts/proxied.ts';
import { describeWith } from '../parts/require-part.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { type Model, startModel } from '../services/start-model.ts';

const directory = new URL('../../examples/', import.meta.url).pathname;
const { signal } = new AbortController();

describeWith(['docker', 'redis', 'debian-image', 's3'], 'the examples', () => {
  const channels = testChannels('examples');
  let dataDir = '';
  let agent: Agent;
  let redis: Redis;
  const servers = createServers();
  let model: Model;
  let s3: S3Server | undefined;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'examples-'));
    model = await startModel(servers);
    s3 = await startS3(inject('s3Program'));
    const config = configSchema.parse({
      port: 'off',
      ...channels,
      redisUrl: inject('redisUrl'),
      dockerHost: inject('docker').host,
      runtime: 'docker',
      aiUrl: model.url,
      aiModel: 'small-1',
      dataDir,
      minioEndpoint: s3.endpoint,
      minioAccessKey: s3.accessKey,
      minioSecretKey: s3.secretKey,
    });
    agent = await openAgent(config, { logger: createSilentLogger() });
    redis = new Redis(agent.redisUrl.replace(/^unix:\/\//, ''));
    for (const name of await readdir(join(directory, 'datasets')))
      await agent.store.put({ name: `datasets/${name}` }, createReadStream(join(directory, 'datasets', name)), signal);
  });

  afterAll(async () => {
    redis?.disconnect();
    await agent?.stop();
    await s3?.stop();
    servers.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** As from redis-cli: SUBSCRIBE, then PUBLISH the file as it stands. */
  async function publish(file: string): Promise<ExecutionResponse> {
    const subscriber = redis.duplicate();
    try {
      await subscriber.subscribe(channels.responseChannel);
      const answered = new Promise<string>((resolve) =>
        subscriber.once('message', (_channel, message) => resolve(message)),
      );
      expect(await redis.publish(channels.requestChannel, await readFile(join(directory, file)))).toBe(1);
      return executionResponseSchema.parse(JSON.parse(await answered));
    } finally {
      subscriber.disconnect();
    }
  }

  test('every request has the response in the file next to it', async () => {
    const files = (await readdir(directory)).filter((file) => /^[^.]+\.json$/.test(file));
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      const expected: unknown = JSON.parse(
        await readFile(join(directory, file.replace('.json', '.expected.json')), 'utf8'),
      );
      expect(await publish(file), file).toMatchObject(Object(expected));
    }
  });

  test('what the model said is in the answer, and the model was asked what the example says', async () => {
    const { result } = await publish('ai-analysis-1.json');
    const [file] = result?.output_files ?? [];
    expect(JSON.parse(file?.content ?? '')).toMatchObject({
      content: model.content,
      model: 'small-1',
      tokens_used: 21,
    });
    const prompt = expect.stringMatching(/^Analyze this graph data: \{'nodes': /);
    expect(model.asked.at(-1)?.body).toMatchObject({
      messages: [{ role: 'user', content: prompt }],
      response_format: { type: 'json_object' },
    });
  });

  test('the README names each of them', async () => {
    const readme = await readFile(join(directory, 'README.md'), 'utf8');
    for (const file of await readdir(directory)) if (file.endsWith('.json')) expect(readme).toContain(`(${file})`);
  });

  test('the summary that R wrote is in the answer and, the same, in the object store', async () => {
    const { execution_id: id, result } = await publish('stats-1.json');
    const [uploaded] = result?.minio_objects ?? [];
    expect(uploaded?.object_name).toBe(`executions/${id}/output/summary.csv`);
    const { body } = await agent.store.get({ name: uploaded?.object_name ?? '' }, signal);
    const content = await text(body);
    expect(content).toBe(result?.output_files[0]?.content);
    expect(content).toMatch(/Median.*:\s*4/);
    expect(result?.output).toContain('Mean');
  });
});
