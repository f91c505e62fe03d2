import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createSilentLogger } from '../../telemetry/log.ts';
import type { ObjectStore } from '../object-store.ts';
import { createS3Store } from './create-s3-store.ts';
import type { S3StoreOptions } from './s3-options.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** An S3 server that answers by script. */
export interface ScriptedS3 {
  /** The requests so far. */
  readonly asked: readonly Asked[];
  /** `127.0.0.1:…` */
  readonly address: string;
  /** Plays one answer per request, the last of them again and again. */
  play(...script: Answer[]): void;
  /** Empties the list of requests. */
  forget(): void;
  openStore(options?: Partial<S3StoreOptions>): ObjectStore;
  close(): Promise<void>;
}

export const signal = new AbortController().signal;
export const content = Buffer.from('0123456789'.repeat(1000));
export const secret = 'a-secret-that-nobody-may-see';

export async function openScriptedS3(): Promise<ScriptedS3> {
  let answers: Answer[] = [];
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const each = { method, url, headers, body: await buffer(request) };
    asked.push(each);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) response.writeHead(500).end();
    else answer(response, each);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port');
  const address = `127.0.0.1:${bound.port}`;
  return {
    asked,
    address,
    play(...script) {
      answers = script;
    },
    forget() {
      asked.length = 0;
    },
    openStore: (options = {}) =>
      createS3Store({
        endpoint: address,
        useSsl: false,
        credentials: { accessKey: 'someone', secretKey: secret },
        defaultBucket: 'bucket',
        createBucket: true,
        logger: createSilentLogger(),
        ...options,
        limits: {
          attempts: 3,
          backoffMs: 1,
          idleTimeoutMs: 200,
          connectTimeoutMs: 200,
          cleanUpMs: 500,
          ...options.limits,
        },
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const refuse =
  (status: number, code: string, message = 'said the store'): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);

export const give =
  (headers: Record<string, string>, body = content): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);

export const read = async (store: ObjectStore, name = 'data/input.csv') =>
  buffer((await store.get({ name }, signal)).body);
export const write = (store: ObjectStore, body = content) => store.put({ name: 'out' }, Readable.from([body]), signal);
