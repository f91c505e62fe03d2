import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { executionViewSchema } from '../../src/wire/http/executions.ts';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { type DockerEngine, startDockerEngine } from '../parts/docker/docker-engine.ts';
import { loadImages } from '../parts/images/images.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { removeCgroups } from '../parts/run/remove-run.ts';
import { cacheDirectory } from '../parts/start-parts.ts';
import { createBuilder, makeImages } from './make-images.ts';

const patienceMs = 180_000;
const inMinutes = 600_000;

const dotenv = `REDIS_URL=redis://localhost:6379
DOCKER_HOST=unix:///var/run/docker.sock
MINIO_ENDPOINT=localhost:9000
SERVICE_PROXY_PORT=9000
`;

const curlLines = `
# Data abstractor queries
curl http://host.docker.internal:9000/data/query \\
  -d '{"operation":"traverse","query":{"cypher":"MATCH (n) RETURN n"}}'

# AI abstractor queries
curl http://host.docker.internal:9000/ai/query \\
  -d '{"provider":"openai","prompt":"Hello world"}'

# Health check
curl http://host.docker.internal:9000/health
`;

const askedSchema = z.object({
  correlation_id: z.string(),
  query: z.unknown().optional(),
  prompt: z.string().optional(),
});

describeWith(['compose', 'docker', 'debian-image', 's3'], 'the compose file, on a machine of its own', () => {
  let engine: DockerEngine | undefined;
  let directory = '';
  const project = () => join(directory, 'exec-agent');

  /** A command line on that machine, in the project's directory. */
  const run = (line: string) => {
    const there = ['-t', String(engine?.pid), '-m', '-n', '--', 'env', '-u', 'DOCKER_HOST', '-u', 'PORT'];
    return runCommand('nsenter', ...there, 'sh', '-c', `cd '${project()}' && ${line}`);
  };

  /** `redis-cli SUBSCRIBE` on that machine. */
  const subscribe = (channel: string, onMessage: (text: string) => void) => {
    const line = ['-t', String(engine?.pid), '-n', '--', 'redis-cli', 'SUBSCRIBE', channel];
    const listening = spawn('nsenter', line, { stdio: ['ignore', 'pipe', 'ignore'] });
    let isListening = false;
    createInterface({ input: listening.stdout }).on('line', (text) => {
      isListening ||= text === 'subscribe';
      if (text.startsWith('{')) onMessage(text);
    });
    return {
      isListening: async () => expect(await becomesTrue(() => isListening, patienceMs)).toBe(true),
      stop: () => void listening.kill('SIGKILL'),
    };
  };

  /** A service behind Redis that says what it was asked. */
  const answerAs = (service: string) =>
    subscribe(`${service}-requests`, (text) => {
      const { correlation_id, query, prompt } = askedSchema.parse(JSON.parse(text));
      const reply = JSON.stringify({ correlation_id, success: true, result: { asked: query ?? prompt } });
      void run(`redis-cli PUBLISH ${service}-responses '${reply}'`);
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'compose-'));
    engine = await startDockerEngine({
      directory: join(directory, 'docker'),
      cacheDirectory: cacheDirectory(),
      cgroupParent: `/${basename(directory)}`,
      apart: true,
    });
    await loadImages(engine.api, inject('archives'));
    await makeImages(await createBuilder(engine.host));
    await mkdir(project());
    await cp(new URL('../../compose.yaml', import.meta.url), join(project(), 'compose.yaml'));
    await writeFile(join(project(), '.env'), dotenv);
    await run('docker-compose up -d');
  }, inMinutes);

  afterAll(async () => {
    if (engine !== undefined) {
      await run('docker-compose down --volumes').catch(() => undefined);
      await engine.stop();
      removeCgroups(`/${basename(directory)}`);
    }
    await rm(directory, { recursive: true, force: true });
  }, inMinutes);

  test('starts with one command and becomes healthy', async () => {
    const isHealthy = async () => (await run('docker-compose ps agent')).includes('(healthy)');
    expect(await becomesTrue(isHealthy, patienceMs), await run('docker-compose logs --tail 50')).toBe(true);
  });

  test('answers a request that redis-cli publishes', async () => {
    const request = await readFile(new URL('../../examples/test-1.json', import.meta.url), 'utf8');
    let heard: string | undefined;
    const answers = subscribe('exec-responses', (text) => {
      heard = text;
    });
    try {
      await answers.isListening();
      expect(await run(`redis-cli PUBLISH exec-requests '${request}'`)).toBe('1\n');
      expect(await becomesTrue(() => heard !== undefined, patienceMs)).toBe(true);
      expect(executionResponseSchema.parse(JSON.parse(heard ?? ''))).toMatchObject({
        correlation_id: 'test-1',
        success: true,
        result: { exit_code: 0, output: 'Hello from container!\n' },
      });
    } finally {
      answers.stop();
    }
  });

  test('answers curl, and keeps what a container leaves in the S3 store', async () => {
    const body = JSON.stringify({
      container: { image: 'alpine:latest', command: ['sh', '-c', 'echo kept > /workspace/output/r.txt'] },
      output: { minio_upload: true },
    });
    const json = "-H 'content-type: application/json'";
    const answer = await run(`curl -sS 'localhost:8082/v1/executions?wait=120' ${json} -d '${body}'`);
    const view = executionViewSchema.parse(JSON.parse(answer));
    expect(view.response?.error).toBeUndefined();
    expect(await run(`curl -sS localhost:8082/v1/executions/${view.execution_id}/files/r.txt`)).toBe('kept\n');
  });

  test('brings the services into containers from its own, where curl reaches them', async () => {
    const services = ['data', 'ai'].map(answerAs);
    try {
      await Promise.all(services.map(({ isListening }) => isListening()));
      const container = { image: 'with-curl:latest', command: ['sh', '-ec', curlLines] };
      await writeFile(join(project(), 'curl.json'), JSON.stringify({ container, service_access: ['data', 'ai'] }));
      const json = "-H 'content-type: application/json'";
      const answer = await run(`curl -sS 'localhost:8082/v1/executions?wait=120' ${json} -d @curl.json`);
      const { response } = executionViewSchema.parse(JSON.parse(answer));
      expect(response?.error, await run('docker-compose logs --tail 20 agent')).toBeUndefined();
      const output = response?.result?.output ?? '';
      expect(output).toContain('"asked":{"cypher":"MATCH (n) RETURN n"}');
      expect(output).toContain('"asked":"Hello world"');
      expect(output).toContain('"services":["data","ai"]');
    } finally {
      for (const { stop } of services) stop();
    }
  });

  test('keeps everything on the machine itself', async () => {
    const listening = await run('ss -Hltn');
    const ofOthers = listening
      .split('\n')
      .filter((line) => line !== '' && !/\s(127\.0\.0\.\d+|\[::1\]):\d+\s/.test(line));
    expect(ofOthers).toEqual([]);
  });
});
