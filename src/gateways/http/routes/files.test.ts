import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { planOf } from '../../../../tests/executions/example-plan.ts';
import { problemOf, sendProblem } from '../../../http/problem.ts';
import { createBareApp, rememberCallers } from '../../../http/server/bare-app.ts';
import type { CollectedFile } from '../../../wire/record/record.ts';
import { addFileRoutes } from './files.ts';

const plan = planOf();
const url = `/v1/executions/${plan.id}`;
const ref = 'overflow.json';

const fileOf = (name: string, fields: Partial<CollectedFile>): CollectedFile => ({
  name,
  path: `/out/${name}`,
  size: 5,
  encoding: 'utf8',
  truncated: false,
  ...fields,
});

/** The routes over one finished execution that left these files, and how often its object was read. */
function openRoutes(files: CollectedFile[], object: string, size = Buffer.byteLength(object)) {
  const app = createBareApp({ maxMessageBytes: 1000 });
  const callers = rememberCallers(app);
  app.addHook('onRequest', async (request) => callers.remember(request, { tenant: 't', actor: 'a', scopes: [] }));
  app.setErrorHandler((error, _request, reply) => void sendProblem(reply, problemOf(error)));
  let reads = 0;
  const collected = { files, missing: [], uploads: [], failures: [], warnings: [], overflow: { name: ref } };
  const outcome = { steps: [], output: '', phases: {}, warnings: [], startedAt: 1, finishedAt: 2, collected };
  addFileRoutes(app, {
    queue: {
      find: async () => ({ version: 1, state: 'finished', plan, submittedAt: 1, outcome }),
      findAnyones: async () => undefined,
    },
    store: {
      async get({ name }) {
        reads += 1;
        return { name, size, body: Readable.from([Buffer.from(object)]) };
      },
    },
  });
  return { app, reads: () => reads };
}

const objectOf = (contents: Record<string, string>) =>
  JSON.stringify({
    output_files: Object.entries(contents).map(([name, content]) => ({ name, content, encoding: 'utf8' })),
  });

test('zip: a file in which a secret is hidden is in it, wherever its content is', async () => {
  const files = [
    fileOf('kept', { content: '[hidden]' }),
    fileOf('moved', { ref }),
    fileOf('plain', { content: '12345' }),
  ];
  const { app } = openRoutes(files, objectOf({ moved: '[hidden]' }));
  const { statusCode, rawPayload } = await app.inject(`${url}/zip`);
  expect(statusCode).toBe(200);
  // The directory at the end is there only in an archive that is whole.
  expect(rawPayload.includes(Buffer.from('PK\x05\x06'))).toBe(true);
  for (const { name } of files) expect(rawPayload.includes(Buffer.from(name)), name).toBe(true);
  await app.close();
});

test('file: length and ranges are those of the content that is kept', async () => {
  const files = [fileOf('kept', { content: '[hidden]' }), fileOf('moved', { ref })];
  const { app } = openRoutes(files, objectOf({ moved: '[hidden]' }));
  for (const name of ['kept', 'moved']) {
    const whole = await app.inject(`${url}/files/${name}`);
    expect([whole.body, whole.headers['content-length']]).toEqual(['[hidden]', '8']);
    const part = await app.inject({ url: `${url}/files/${name}`, headers: { range: 'bytes=6-' } });
    expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, 'n]', 'bytes 6-7/8']);
    const beyond = await app.inject({ url: `${url}/files/${name}`, headers: { range: 'bytes=8-' } });
    expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, 'bytes */8']);
  }
  await app.close();
});

test('zip: reads the object with the moved files once', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `f${index}`);
  const object = objectOf(Object.fromEntries(names.map((name) => [name, name])));
  const { app, reads } = openRoutes(
    names.map((name) => fileOf(name, { ref })),
    object,
  );
  const { rawPayload } = await app.inject(`${url}/zip`);
  expect(rawPayload.includes(Buffer.from('PK\x05\x06'))).toBe(true);
  expect(reads()).toBe(1);
  await app.close();
});

test('zip: an object that cannot be read is answered with a problem, before any of the archive', async () => {
  const files = [fileOf('kept', { content: '12345' }), fileOf('moved', { ref })];
  const large = openRoutes(files, objectOf({ moved: 'x' }), 32 * 1024 ** 2 + 1);
  const tooLarge = await large.app.inject(`${url}/zip`);
  expect([tooLarge.statusCode, tooLarge.headers['content-type']]).toEqual([
    409,
    expect.stringContaining('problem+json'),
  ]);
  expect(tooLarge.body).toContain(ref);
  await large.app.close();
  const broken = openRoutes(files, '{');
  expect((await broken.app.inject(`${url}/zip`)).statusCode).toBe(409);
  await broken.app.close();
});
