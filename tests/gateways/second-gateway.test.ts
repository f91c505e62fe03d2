import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createHostStaging, type openParts } from '../../src/agent/runtime/open-parts.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import type { Exit } from '../../src/wire/record/record.ts';
import { channelsOf } from '../agent/channels-of.ts';
import { createScriptedRuntime } from '../agent/scripted-runtime.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { parcelGateway } from './parcel-gateway.ts';

const receiptSchema = z.object({
  parcel: z.string(),
  delivered: z.union([z.boolean(), z.literal('not yet')]),
  trouble: z.string().optional(),
  kind: z.string().optional(),
});
const problemSchema = z.object({ detail: z.string(), error_code: z.string() });

// Every word of the gateway that is built in, so that none can slip into the other's.
const wordsOfMessages =
  /container\.|output\.|input\.|expected_files|minio|upload_to|service_access|correlation_id|reply_to|\/workspace/;

describeWith('redis', 'a second gateway', () => {
  let bench: HttpBench;
  let files = '';
  let exit: Exit = { code: 0, reason: 'exited' };
  let output = '';

  /** The script decides how containers end; their files are collected as always. */
  const partsOf: typeof openParts = async (config) => {
    const store = createDirectoryStore({ root: join(config.dataDir, 'objects'), defaultBucket: config.bucket });
    const refusing = {
      ...store,
      put: async (key: Parameters<typeof store.put>[0], ...rest: [Parameters<typeof store.put>[1], AbortSignal]) => {
        if (key.name.startsWith('full/')) throw new Error('the disk is full');
        return store.put(key, ...rest);
      },
    };
    const { collect } = createHostStaging(config, refusing);
    const runtime = createScriptedRuntime();
    return {
      choice: {
        runtime: {
          ...runtime,
          openSandbox: async (...args) => {
            const sandbox = await createScriptedRuntime({
              exit,
              output: [{ stream: 'stderr', text: output }],
            }).openSandbox(...args);
            return {
              ...sandbox,
              collect: (outputs, signal, options) => collect(new Map([['/out', files]]), outputs, signal, options),
            };
          },
        },
        reason: 'it is a script',
        candidates: [],
      },
      store,
    };
  };

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), 'parcels-'));
    bench = await openHttpBench({}, partsOf, [parcelGateway]);
  });
  afterAll(async () => {
    await bench.close();
    await rm(files, { recursive: true });
  });

  async function send(parcel: object) {
    const response = await bench.ask('/parcels', { method: 'POST', body: { picture: 'alpine', ...parcel } });
    return { status: response.status, body: await response.json() };
  }

  async function receipt(parcel: object) {
    const { body } = await send(parcel);
    const { parcel: id } = z.object({ parcel: z.string() }).parse(body);
    let read: z.infer<typeof receiptSchema> | undefined;
    const isDone = async () => {
      read = receiptSchema.parse(await (await bench.ask(`/parcels/${id}`)).json());
      return read.delivered !== 'not yet';
    };
    expect(await becomesTrue(isDone, 20_000)).toBe(true);
    expect(JSON.stringify(read)).not.toMatch(wordsOfMessages);
    return receiptSchema.parse(read);
  }

  test('runs what was asked and reports it in its own words', async () => {
    await writeFile(join(files, 'made.txt'), 'x');
    expect(await receipt({ wanted: ['made.txt'] })).toMatchObject({ delivered: true });
  });

  test('a refusal names its own field', async () => {
    const { status, body } = await send({ picture: 'host' });
    expect(status).toBe(403);
    expect(problemSchema.parse(body).detail).toMatch(/^picture: "host" is not allowed here/);
    expect(JSON.stringify(body)).not.toMatch(wordsOfMessages);
  });

  test('a limit names its own field', async () => {
    const { status, body } = await send({ power: { ram: 1024 ** 5 } });
    expect(status).toBe(400);
    expect(problemSchema.parse(body).detail).toMatch(/^power\.ram: 1 PiB|^power\.ram: 1024 TiB/);
  });

  test('a restriction that the output names is explained with its own fields and directories', async () => {
    exit = { code: 1, reason: 'exited' };
    output = 'touch: /x: No space left on device\n';
    const { trouble } = await receipt({});
    expect(trouble).toMatch(/\(power\.room\), .*\(power\.shared\)\. Write large results in \/out, or ask for more/);
    exit = { code: 0, reason: 'exited' };
    output = '';
  });

  test('a failed upload names its own field', async () => {
    await writeFile(join(files, 'made.txt'), 'x');
    const { trouble, kind } = await receipt({ send_to: 'full/' });
    expect(trouble).toMatch(/^send_to: .*the disk is full/);
    expect(kind).toBe('store-unavailable');
  });

  test('a file that is missing gets a sentence of its own', async () => {
    expect(await receipt({ wanted: ['no.csv'] })).toMatchObject({
      trouble: 'You wanted no.csv; the program made none of it.',
      kind: 'output-missing',
    });
  });

  test('its response goes to the address that it wrote into the plan, and to no channel of another gateway', async () => {
    const { redis, config } = bench.deployment;
    const box = `${channelsOf(randomUUID()).responseChannel}:parcels`;
    const before = bench.deployment.answers.length;
    const { parcel } = await receipt({ box });
    const [entry] = await redis.xrange(box, '-', '+');
    expect(receiptSchema.parse(JSON.parse(entry?.[1][1] ?? '')).parcel).toBe(parcel);
    expect(bench.deployment.answers.length).toBe(before);
    expect(JSON.stringify(await redis.xrange(config.responseChannel, '-', '+'))).not.toContain(parcel);
    await redis.del(box);
  });

  test('an execution of another gateway is canceled over Redis and reported by its own', async () => {
    const { redis, config } = bench.deployment;
    const box = `${channelsOf(randomUUID()).responseChannel}:canceled`;
    await redis.set(`{${config.keyPrefix}}:paused`, '1');
    const { body } = await send({ box });
    const { parcel } = z.object({ parcel: z.string() }).parse(body);
    await redis.publish(config.controlChannel, JSON.stringify({ cancel: parcel }));
    expect(await becomesTrue(async () => (await redis.xlen(box)) === 1, 20_000)).toBe(true);
    const [entry] = await redis.xrange(box, '-', '+');
    expect(JSON.parse(entry?.[1][1] ?? '')).toMatchObject({ parcel, delivered: false, kind: 'canceled' });
    await redis.del(`{${config.keyPrefix}}:paused`, box);
  });
});
