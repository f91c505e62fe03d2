import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { agentTlsOptions } from '../../../support/net/pod-key.ts';
import { type Claim, claimHeader, dataProtocol, podPort } from '../../../wire/pod/pod.ts';
import { dialPod } from '../connections/dial-pod.ts';
import { createPodAgent, type OpenPodStream } from '../connections/pod-agent.ts';

export interface KeepCall<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

/**
 * The keep of one pod, at one address. A connection that breaks is an Error of Node.js; what keep refuses is an ExecError.
 * Answers may take as long as the command does.
 */
export interface KeepClient {
  ask<T>(call: KeepCall<T>): Promise<T>;
  /** The output of a step from a position on; ends with the step. */
  output(step: string, position: number, signal: AbortSignal): Promise<IncomingMessage>;
  /** A connection for a program that stages and collects. */
  openData(signal: AbortSignal): Promise<Duplex>;
  /** A connection that speaks a protocol of its own, each side of which can end its half. */
  dial(path: string, protocol: string, signal: AbortSignal): Promise<Socket>;
  close(): void;
}

export interface KeepClientOptions {
  readonly address: string;
  readonly pod: string;
  readonly key: Buffer;
  readonly claim: Claim;
  /** Absent: by the address. */
  readonly openStream?: OpenPodStream | undefined;
}

const connectTimeoutMs = 10_000;
const keepAliveMs = 15_000;
const supersededStatus = 409;
const errorSchema = z.object({ error: z.string() });

export function createKeepClient({ address, pod, key, claim, openStream }: KeepClientOptions): KeepClient {
  const tls = agentTlsOptions(pod, key);
  const agent = createPodAgent({ pod, key, openStream, keepAliveMs });
  const headers = { [claimHeader]: JSON.stringify(claim) };

  const send = (options: RequestOptions, body?: Buffer) => {
    const sent = request({
      ...tls,
      host: address,
      port: podPort,
      ...options,
      headers: { ...headers, ...options.headers },
    });
    sent.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => sent.destroy(new Error('the pod does not answer')), connectTimeoutMs);
      socket.once('secureConnect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
      socket.setKeepAlive(true, keepAliveMs);
    });
    sent.end(body);
    return sent;
  };

  const open = async ({ method, path, body, signal }: Omit<KeepCall<unknown>, 'schema'>): Promise<IncomingMessage> => {
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const length = method === 'POST' ? { 'content-length': bytes.length } : {};
    const sent = send({ agent, method, path, headers: length, signal }, bytes);
    // Stays attached: an error after the answer began reaches its body.
    sent.on('error', () => undefined);
    try {
      const [response]: IncomingMessage[] = await once(sent, 'response');
      if (response === undefined) throw new Error('the pod did not answer');
      if (response.statusCode === 200) return response;
      throw refusal(pod, response.statusCode ?? 0, await text(response));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };

  return {
    async ask({ schema, ...call }) {
      const { data, problem } = readJson(await text(await open(call)), schema);
      if (data !== undefined) return data;
      throw new ExecError('RUNTIME_UNAVAILABLE', `The pod ${pod} sent what cannot be understood: ${problem}.`);
    },
    output: (step, position, signal) =>
      open({ method: 'GET', path: `/steps/${step}/output?position=${position}`, signal }),
    async openData(signal) {
      const upgrade = { connection: 'upgrade', upgrade: dataProtocol };
      const sent = send({ agent: createPodAgent({ pod, key, openStream }), path: '/data', headers: upgrade, signal });
      const upgraded = new Promise<Duplex>((resolve, reject) => {
        sent.on('error', reject);
        sent.once('upgrade', (_, socket) => resolve(socket));
        sent.once('response', (response) => {
          text(response).then((body) => reject(refusal(pod, response.statusCode ?? 0, body)), reject);
        });
      });
      try {
        return await upgraded;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    dial: (path, protocol, signal) =>
      dialPod({ host: address, port: podPort, pod, key, claim, openStream }, path, protocol, signal),
    close: () => agent.destroy(),
  };
}

function refusal(pod: string, status: number, body: string): ExecError {
  const why = readJson(body, errorSchema).data?.error ?? `status ${status}`;
  const code = status === supersededStatus ? 'AGENT_LOST' : 'INTERNAL';
  return new ExecError(code, `The pod ${pod} refused a request: ${why}.`, { context: { pod, status } });
}
