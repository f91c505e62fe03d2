import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createOwners } from '../../../support/processes/owners.ts';
import { defaultDockerLimits } from '../docker-options.ts';
import { connectEngine, type Engine } from '../engine/connect-engine.ts';
import { createEngineClient } from '../engine/engine-client.ts';
import { createHolders } from './network-holder.ts';

const never = new AbortController().signal;
const startRace =
  'OCI runtime start failed: cannot start an already running container: unknown: failed to create task for container';
const bodySchema = z.object({ Env: z.array(z.string()), Labels: z.record(z.string(), z.string()) });

let directory = '';
let engine: Engine;
let server: Server | undefined;
const processes: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holder-'));
  engine = connectEngine(createEngineClient({ host: `unix://${directory}/socket`, limits: defaultDockerLimits }));
});
afterEach(async () => {
  engine.close();
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  server?.closeAllConnections();
  server?.close();
  await rm(directory, { recursive: true });
});

/** An engine whose starts are refused with these reasons first; returns what was asked of it. */
async function startEngine(refusals: string[]): Promise<readonly string[]> {
  const calls: string[] = [];
  const made = new Map<string, z.infer<typeof bodySchema> & { pid?: number | undefined }>();
  const listening = createServer(async (request, response) => {
    const path = request.url?.replace(/^\/v1\.41/, '').replace(/\?.*/, '') ?? '';
    const say = (value: unknown, status = 200) => response.writeHead(status).end(JSON.stringify(value));
    if (path === '/_ping') return response.setHeader('api-version', '1.41').end('OK');
    if (path === '/version') return say({ Version: '20.10', ApiVersion: '1.41', Arch: 'amd64' });
    if (path === '/info') return say({});
    calls.push(`${request.method} ${path}`);
    if (path === '/containers/create') {
      made.set(`c${made.size + 1}`, bodySchema.parse(await json(request)));
      return say({ Id: `c${made.size}` });
    }
    const [, , id = '', what] = path.split('/');
    const container = made.get(id);
    if (container === undefined) return say({ message: 'no such container' }, 404);
    if (what === 'start') {
      const refusal = refusals.shift();
      if (refusal !== undefined) return say({ message: refusal }, 500);
      const [secret = ''] = container.Env;
      const [name = '', value] = secret.split('=');
      const child = spawn('sleep', ['600'], { env: { ...process.env, [name]: value }, stdio: 'ignore' });
      processes.push(child);
      container.pid = child.pid;
      return response.writeHead(204).end();
    }
    if (request.method === 'DELETE') return response.writeHead(204).end();
    const State = { Status: 'running', Running: true, ExitCode: 0, Pid: container.pid };
    return say({ Id: id, State, Config: { Labels: container.Labels } });
  });
  listening.listen(join(directory, 'socket'));
  server = listening;
  await once(listening, 'listening');
  return calls;
}

const make = async () => {
  const owners = createOwners(join(directory, 'owners'));
  const holders = createHolders({ engine, owners, openNetwork: 'bridge' });
  return holders.make({ deployment: 'd', mode: 'none' }, never).finally(owners.close);
};

test.each([
  ['meets itself', startRace],
  ['ends too early', 'cannot start a stopped process: unknown'],
])('network: is made anew once when its start %s, and the first container is removed', async (_title, refusal) => {
  const calls = await startEngine([refusal]);
  expect(await make()).toMatchObject({ id: 'c2' });
  expect(calls).toEqual([
    'POST /containers/create',
    'POST /containers/c1/start',
    'DELETE /containers/c1',
    'POST /containers/create',
    'POST /containers/c2/start',
    'GET /containers/c2/json',
  ]);
});

test.each([
  ['twice', [startRace, startRace], 2],
  ['for another reason', ['no space left on device'], 1],
])('network: fails when its start fails %s, and nothing is left', async (_title, refusals, times) => {
  const calls = await startEngine([...refusals]);
  await expect(make()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining(refusals.at(-1) ?? ''),
  });
  for (const what of ['POST /containers/create', 'DELETE /containers/c'])
    expect(calls.filter((call) => call.startsWith(what)).length).toBe(times);
});
