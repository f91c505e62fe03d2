import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { type AgentProcess, startAgentProcess } from '../agent/agent-process.ts';
import { environmentOf } from '../agent/environment-of.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import type { Variant } from './open-hostile-bench.ts';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const MB = 1e6;
const GiB = 1024 ** 3;

/** What an agent in a process of its own needs to handle more than it could ever hold. */
export function memoryCases({ runtime, dockerTransfer, inPlace }: Variant): void {
  let deployment: TestDeployment;
  let agent: AgentProcess;

  beforeAll(async () => {
    const bounds = { logBytes: GiB, logLines: 1e9, outputBytes: GiB, fileContentBytes: 1024 ** 2, stopGrace: 1 };
    deployment = await openDeployment({ runtime, dockerTransfer, ...bounds, logLevel: 'info' });
    agent = startAgentProcess({ program: [program, 'serve'], env: environmentOf(deployment.config) });
    await agent.ready;
    for (let round = 0; round < 3; round += 1) await deployment.run(flood(1_000_000, inPlace));
  });
  afterAll(async () => {
    agent?.kill('SIGTERM');
    await agent?.ended;
    await deployment?.close();
  });

  test('40 MB of log and 200 MB of output pass through an agent that stays as small as it was', async () => {
    const before = await memoryOf(agent.pid);
    const { success, result } = await deployment.run(flood(200_000_000, inPlace));
    expect(success).toBe(true);
    expect(result?.minio_objects).toMatchObject([{ size: 200_000_000 }]);
    expect(result?.output_files).toMatchObject([{ size: 200_000_000, truncated: true }]);
    const after = await memoryOf(agent.pid);
    expect(after.residentMb - before.residentMb).toBeLessThan(120);
    expect(after.peakMb - before.residentMb).toBeLessThan(250);
  });

  test('a graph of a million nodes goes in as an object and comes out as one, and is never held', async () => {
    const { dataDir, bucket } = deployment.config;
    const store = createDirectoryStore({ root: join(dataDir, 'objects'), defaultBucket: bucket });
    const { signal } = new AbortController();
    const { size } = await store.put({ name: 'graphs/large.json' }, Readable.from(graphOf(1_000_000)), signal);
    const sha256 = await sha256Of(graphOf(1_000_000));
    const before = await memoryOf(agent.pid);
    const { success, result } = await deployment.run(
      shell('cp /workspace/input/graph_data.json /workspace/output/graph_update.json', {
        input: { objects: [{ url: `s3://${bucket}/graphs/large.json`, path: 'graph_data.json', sha256 }] },
        output: { minio_upload: true },
      }),
    );
    expect(success).toBe(true);
    expect(size).toBeGreaterThan(60_000_000);
    expect(result?.minio_objects).toMatchObject([{ size }]);
    const { body } = await store.get({ name: result?.minio_objects[0]?.object_name ?? '' }, signal);
    expect(await sha256Of(body)).toBe(sha256);
    expect((await memoryOf(agent.pid)).residentMb - before.residentMb).toBeLessThan(120);
  });
}

/** @param withLog an engine tells its log in one way, however data travels */
function flood(bytes: number, withLog: boolean): object {
  const log = `yes "a line of log, of the length that lines of log have" | head -c ${bytes / 5}`;
  const script = `${withLog ? log : ':'}; head -c ${bytes} /dev/zero > /workspace/output/zero`;
  return shell(script, { output: { expected_files: ['zero'], minio_upload: true, return_logs: true } });
}

async function* graphOf(nodes: number): AsyncGenerator<Buffer, void> {
  yield Buffer.from('{"nodes":[');
  const atOnce = 10_000;
  for (let from = 0; from < nodes; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, nodes - from) }, (_, index) => ({
      id: String(from + index),
      labels: ['Person'],
      properties: { name: `name ${from + index}` },
    }));
    yield Buffer.from(`${from === 0 ? '' : ','}${some.map((node) => JSON.stringify(node)).join(',')}`);
  }
  yield Buffer.from('],"relationships":[]}');
}

async function sha256Of(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}

async function memoryOf(pid: number): Promise<{ readonly residentMb: number; readonly peakMb: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / MB;
  return { residentMb: field('VmRSS'), peakMb: field('VmHWM') };
}
