import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { agentTlsOptions, derivePodKey } from '../../../support/net/pod-key.ts';
import { claimHeader } from '../../../wire/pod/pod.ts';
import { keepSteps } from '../steps/keep-steps.ts';
import { openClaims } from './claims.ts';
import { FakeHold } from './fake-hold.contract.ts';
import { type AgentServer, serveAgents } from './serve-agents.ts';

export const podName = 'x-1';
export const key = derivePodKey(Buffer.alloc(32, 1), podName);
export const end = { method: 'GET', path: '/steps/step-0/end' } as const;

export interface AskOptions {
  readonly fence?: number;
  readonly execution?: string;
  readonly body?: string;
}

/** The server of a pod with one step, whose hold does what a test says. */
export interface TestPod {
  readonly server: AgentServer;
  readonly hold: FakeHold;
  /** As an agent that has the fence 1, unless the options say otherwise. */
  open(method: string, path: string, options?: AskOptions): Promise<IncomingMessage>;
  /** As `open`, with the whole body, which is JSON. */
  ask(method: string, path: string, options?: AskOptions): Promise<{ status: number | undefined; body: unknown }>;
  /** From now on the pod reports that it ends. */
  startEnding(): void;
  close(): Promise<void>;
}

export async function openTestPod(): Promise<TestPod> {
  const directory = await mkdtemp(join(tmpdir(), 'serve-agents-'));
  const [ownDirectory, lineDirectory] = [join(directory, 'own'), join(directory, 'line')];
  for (const each of [ownDirectory, lineDirectory]) await mkdir(each);
  let isEnding = false;
  const steps = await keepSteps({
    ownDirectory,
    ordersDirectory: ownDirectory,
    lineDirectory,
    nonce: 'nonce',
    steps: ['step-0'],
    logBytes: 1e6,
    onTrouble: () => undefined,
  });
  const claims = await openClaims(join(ownDirectory, 'claim.json'));
  const server = await serveAgents({
    host: '127.0.0.1',
    port: 0,
    pod: podName,
    key,
    claims,
    steps,
    measure: async (bounds) => ({ ...bounds, files: 7 }),
    serveData,
    connections,
    isEnding: () => isEnding,
  });
  const hold = new FakeHold(join(lineDirectory, 'keep.sock'));
  const open: TestPod['open'] = async (method, path, { fence = 1, execution = 'e', body = '' } = {}) => {
    const headers = { [claimHeader]: JSON.stringify({ execution, fence }), 'content-length': Buffer.byteLength(body) };
    const asked = request({
      ...agentTlsOptions(podName, key),
      host: '127.0.0.1',
      port: server.port,
      agent: false,
      method,
      path,
      headers,
    });
    asked.end(body);
    const [response] = await once(asked, 'response');
    return response;
  };
  return {
    server,
    hold,
    open,
    async ask(method, path, options) {
      const response = await open(method, path, options);
      return { status: response.statusCode, body: JSON.parse(await text(response)) };
    },
    startEnding() {
      isEnding = true;
    },
    async close() {
      hold.close();
      await server.close();
      await steps.close();
      await rm(directory, { recursive: true });
    },
  };
}

const connections = {
  offer: () => undefined,
  connect: () => Promise.reject(new Error('no command runs')),
};

/** Sends back what it is sent. */
async function serveData(connection: Duplex): Promise<void> {
  for await (const chunk of connection) connection.write(chunk);
}
