import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { executionViewSchema } from '../src/wire/http.ts';
import { executionResponseSchema } from '../src/wire/response.ts';
import { type DockerEngine, startDockerEngine } from './parts/docker-engine.ts';
import { loadImages } from './parts/images.ts';
import { becomesTrue } from './parts/poll.ts';
import { describeWith } from './parts/require-part.ts';
import { runCommand } from './parts/run-command.ts';
import { cacheDirectory } from './parts/start-parts.ts';
import { createBuilder, makeImages } from './ship/make-images.ts';

const patienceMs = 180_000;
const inMinutes = 600_000;

const dotenv = `REDIS_URL=redis://localhost:6379
DOCKER_HOST=unix:///var/run/docker.sock
MINIO_ENDPOINT=localhost:9000
SERVICE_PROXY_PORT=9000
`;

describeWith(['compose', 'docker', 'debian-image', 's3'], 'the compose file, on a machine of its own', () => {
  let engine: DockerEngine | undefined;
  let directory = '';
  const project = () => join(directory, 'exec-agent');

  /** A command line on that machine, in the project's directory. */
  const run = (line: string) => {
    const there = ['-t', String(engine?.pid), '-m', '-n', '--', 'env', '-u', 'DOCKER_HOST', '-u', 'PORT'];
    return runCommand('nsenter', ...there, 'sh', '-c', `cd '${project()}' && ${line}`);
  };

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
    await cp(new URL('../compose.yaml', import.meta.url), join(project(), 'compose.yaml'));
    await writeFile(join(project(), '.env'), dotenv);
    await run('docker-compose up -d');
  }, inMinutes);

  afterAll(async () => {
    if (engine !== undefined) {
      await run('docker-compose down --volumes').catch(() => undefined);
      await engine.stop();
    }
    await rm(directory, { recursive: true, force: true });
  }, inMinutes);

  test('starts with one command and becomes healthy', async () => {
    const isHealthy = async () => (await run('docker-compose ps agent')).includes('(healthy)');
    expect(await becomesTrue(isHealthy, patienceMs), await run('docker-compose logs --tail 50')).toBe(true);
  });

  test('answers a request that redis-cli publishes', async () => {
    const request = await readFile(new URL('../examples/test-1.json', import.meta.url), 'utf8');
    const listening = spawn('nsenter', [
      '-t',
      String(engine?.pid),
      '-n',
      '--',
      'redis-cli',
      'SUBSCRIBE',
      'exec-responses',
    ]);
    let heard = '';
    listening.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    try {
      expect(await becomesTrue(() => heard.includes('subscribe'), patienceMs)).toBe(true);
      expect(await run(`redis-cli PUBLISH exec-requests '${request}'`)).toBe('1\n');
      expect(await becomesTrue(() => heard.includes('execution_id'), patienceMs)).toBe(true);
      const text = heard.split('\n').find((line) => line.startsWith('{')) ?? '';
      expect(executionResponseSchema.parse(JSON.parse(text))).toMatchObject({
        correlation_id: 'test-1',
        success: true,
        result: { exit_code: 0, output: 'Hello from container!\n' },
      });
    } finally {
      listening.kill('SIGKILL');
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

  test('brings the service proxy into containers from its own', async () => {
    const wget = 'wget -qO- http://host.docker.internal:9000/health';
    const body = JSON.stringify({
      container: { image: 'alpine:latest', command: ['sh', '-c', wget] },
      service_access: ['data', 'ai'],
    });
    const json = "-H 'content-type: application/json'";
    const answer = await run(`curl -sS 'localhost:8082/v1/executions?wait=120' ${json} -d '${body}'`);
    const { response } = executionViewSchema.parse(JSON.parse(answer));
    expect(response?.error, await run('docker-compose logs --tail 20 agent')).toBeUndefined();
    expect(response?.result?.output).toContain('"data"');
  });

  test('keeps everything on the machine itself', async () => {
    const listening = await run('ss -Hltn');
    const ofOthers = listening
      .split('\n')
      .filter((line) => line !== '' && !/\s(127\.0\.0\.\d+|\[::1\]):\d+\s/.test(line));
    expect(ofOthers).toEqual([]);
  });
});
