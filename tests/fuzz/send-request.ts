import { Agent, request as httpRequest } from 'node:http';
import type { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import type { FuzzRequest } from './request/make-request.ts';

/** `accepted`: a response has to follow. `refused`: this was the answer. Anything else is wrong. */
export type Sent = 'accepted' | 'refused' | { readonly wrong: string };

export interface Sender {
  send(request: FuzzRequest): Promise<Sent>;
  close(): void;
}

interface SenderOptions {
  readonly redis: Redis;
  readonly config: Config;
  /** Where the agent listens now. */
  readonly url: () => string;
}

export function createSender({ redis, config, url }: SenderOptions): Sender {
  const agent = new Agent({ keepAlive: true });
  return {
    async send(request) {
      switch (request.way) {
        case 'pubsub': {
          const receivers = await redis.publish(config.requestChannel, request.bytes);
          return receivers > 0 ? 'accepted' : { wrong: 'no agent received it' };
        }
        case 'stream':
          await redis.xadd(config.requestChannel, '*', 'request', request.bytes);
          return 'accepted';
        case 'http':
          return judgeHttp(
            await post(`${url()}/v1/executions`, request.bytes, agent),
            request.bytes.length > config.messageBytes,
          );
      }
    },
    close: () => agent.destroy(),
  };
}

interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function judgeHttp({ status, type, text }: HttpAnswer, isTooLarge: boolean): Sent {
  // The agent closes the connection while the rest is still being written, which may hide its response.
  if (isTooLarge && status === 0 && /EPIPE|ECONNRESET|hang up/.test(text)) return 'refused';
  if (status === 202 || status === 200) return 'accepted';
  const isProblem = type.startsWith('application/problem+json');
  return status >= 400 && status < 500 && isProblem ? 'refused' : { wrong: `HTTP ${status} ${text.slice(0, 300)}` };
}

function post(url: string, body: Buffer, agent: Agent): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, type: '', text: error.message });
    const asked = httpRequest(url, { method: 'POST', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', failed);
      response.once('end', () => {
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString() });
      });
    });
    asked.once('error', failed).end(body);
  });
}
