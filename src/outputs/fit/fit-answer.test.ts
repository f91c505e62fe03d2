import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { chunksOf, endBody } from '../../objects/object-body.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { CollectedFile, UploadedObject } from '../../wire/record/record.ts';
import { overflowSchema } from '../../wire/response/response.ts';
import { createFindings } from '../findings.ts';
import { type FileSource, fitAnswer } from './fit-answer.ts';
import { costOfFile } from './json-cost.ts';

const overflow = {
  kind: 'overflow',
  origin: 'output',
  name: 'executions/1/answer.json',
  fields: { files: 'output_files', uploads: 'minio_objects', uploadName: 'object_name', graph: 'graph_update' },
} as const;

function fileOf(name: string, content: string): CollectedFile {
  return { name, path: `/out/${name}`, size: content.length, sha256: '0', content, encoding: 'utf8', truncated: false };
}

interface Setup {
  readonly files: readonly CollectedFile[];
  readonly roomBytes: number;
  readonly uploads?: readonly UploadedObject[];
  readonly graph?: string;
  readonly put?: ObjectStore['put'];
  readonly hasOverflow?: boolean;
}

async function fitParts({ files, roomBytes, uploads = [], graph, put, hasOverflow = true }: Setup) {
  const objects = new Map<string, string>();
  const stored: ObjectStore['put'] = async ({ name }, body) => {
    objects.set(name, await text(chunksOf(body)));
    return { name, size: 0 };
  };
  const findings = createFindings();
  const source: FileSource = { files: each(files), uploads, graph };
  const fitted = await fitAnswer(source, {
    roomBytes,
    overflow: hasOverflow ? overflow : undefined,
    store: storeOf(put ?? stored),
    presignSeconds: 60,
    findings,
    signal: new AbortController().signal,
  });
  return { fitted, objects, ...findings.report() };
}

function storeOf(put: ObjectStore['put']): ObjectStore {
  const never = () => Promise.reject(new Error('nothing but put'));
  return {
    name: 'memory',
    defaultBucket: 'b',
    put,
    get: never,
    remove: never,
    list: () => Readable.from([]),
    presign: async ({ name }, seconds) => `https://store/${name}?${seconds}`,
  };
}

async function* each(files: readonly CollectedFile[]): AsyncGenerator<CollectedFile, void> {
  yield* files;
}

const three = ['a', 'b', 'c'].map((name) => fileOf(name, name.repeat(1000)));
const costOfThree = three.reduce((sum, file) => sum + costOfFile(file), 0);

test('an answer with room for everything keeps everything', async () => {
  const { fitted, objects, warnings } = await fitParts({ files: three, roomBytes: costOfThree });
  expect(fitted).toEqual({ files: three, uploads: [] });
  expect(objects.size).toBe(0);
  expect(warnings).toEqual([]);
});

test('what there is no room for goes to one object, contents, graph, digits and all; the facts stay', async () => {
  const graph = '{"nodes":[{"id":12345678901234567890}],"relationships":[]}';
  const { fitted, objects, warnings, failures } = await fitParts({ files: three, graph, roomBytes: costOfThree });
  expect(fitted.overflow).toEqual({ name: overflow.name, url: `https://store/${overflow.name}?60` });
  expect(fitted.files).toEqual(three.map(({ content: _, ...facts }) => ({ ...facts, ref: overflow.name })));
  expect(failures).toEqual([]);
  expect(warnings.join()).toContain(overflow.name);
  const document = objects.get(overflow.name) ?? '';
  expect(document).toContain(graph);
  const { output_files: moved } = overflowSchema.parse(JSON.parse(document));
  expect(moved.map(({ name, content }) => [name, content])).toEqual(three.map(({ name, content }) => [name, content]));
});

test('fit: a file that was too large for any response is distinguished from one that was moved', async () => {
  const { content: _, ...facts } = fileOf('large', 'x');
  const { fitted } = await fitParts({ files: [...three, { ...facts, truncated: true }], roomBytes: costOfThree - 500 });
  expect(fitted.files.map(({ ref, truncated }) => [ref !== undefined, truncated])).toEqual([
    [true, false],
    [true, false],
    [true, false],
    [false, true],
  ]);
});

test('facts that there is no room for are in the object alone, and that is said', async () => {
  const files = Array.from({ length: 100 }, (_, index) => fileOf(`f${index}`, 'x'));
  const uploads = files.map(({ name }) => ({ name, bucket: 'b', size: 1 }));
  const { fitted, objects, warnings } = await fitParts({ files, uploads, roomBytes: 2000 });
  expect(fitted.files.length).toBeGreaterThan(2);
  expect(fitted.files.length).toBeLessThan(20);
  expect(warnings.join()).toMatch(/\d+ more files and objects are not listed/);
  const document = overflowSchema.parse(JSON.parse(objects.get(overflow.name) ?? ''));
  expect([document.output_files.length, document.minio_objects.length]).toEqual([100, 100]);
});

test.each([
  ['at once', 0],
  ['in the middle', 2],
])('a store that fails %s is a failure of the result, which keeps the contents that fit', async (_title, chunks) => {
  const put: ObjectStore['put'] = async (_key, body) => {
    let seen = 0;
    for await (const _chunk of chunksOf(body)) if (++seen > chunks) break;
    endBody(body);
    throw new ExecError('STORE_UNAVAILABLE', 'The store is away.');
  };
  const { fitted, failures, warnings } = await fitParts({ files: three, roomBytes: costOfThree - 500, put });
  expect(failures).toMatchObject([
    { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/The store is away\./) },
  ]);
  expect(fitted.overflow).toBeUndefined();
  expect(fitted.files.map(({ name, content }) => [name, content])).toEqual([
    ['a', 'a'.repeat(1000)],
    ['b', 'b'.repeat(1000)],
    ['c', undefined],
  ]);
  expect(fitted.files.at(-1)).toMatchObject({ truncated: true });
  expect(warnings.join()).toMatch(/without content.*: c\.$/);
});

test('without a place for them contents are left out from the first that does not fit, and named', async () => {
  const files = [...three, fileOf('d', 'd')];
  const roomBytes = costOfThree + costOfFile(fileOf('d', 'd')) - 500;
  const { fitted, warnings } = await fitParts({ files, roomBytes, hasOverflow: false });
  expect(fitted.files.map(({ truncated }) => truncated)).toEqual([false, false, true, true]);
  expect(warnings).toEqual([expect.stringMatching(/without content.*: (c, d|d, c)\.$/)]);
});

test('files that cannot be read fail the collection, not the store', async () => {
  const files = (async function* (): AsyncGenerator<CollectedFile, void> {
    yield* three;
    throw new ExecError('INTERNAL', 'The disk is gone.');
  })();
  const fitting = fitAnswer(
    { files, uploads: [], graph: undefined },
    {
      roomBytes: 10,
      overflow,
      store: storeOf(async (_key, body) => ({ name: await text(chunksOf(body)), size: 0 })),
      findings: createFindings(),
      signal: new AbortController().signal,
    },
  );
  await expect(fitting).rejects.toThrow('The disk is gone.');
});
