import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stagingLimits } from '../../tests/executions/staging-limits.ts';
import { connectionPair } from '../../tests/proxy/connection-pair.ts';
import { createDirectoryStore } from '../objects/directory/create-directory-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { createUrlPut } from '../outputs/upload/put-to-url.ts';
import { type DataProgram, openDataProgram } from '../runtimes/beside/open-data-program.ts';
import type { Sources } from '../runtimes/runtime.ts';
import { asFailure, ExecError } from '../support/exec-error.ts';
import { createMask } from '../support/text/mask.ts';
import type { Input, Output } from '../wire/plan/plan.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { createSources } from './create-sources.ts';
import { createStaging } from './create-staging.ts';
import { serveTasks } from './serve-tasks.ts';

const never = new AbortController().signal;
const origin = 'input.files[0]';
let base = '';
let store: ObjectStore;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'keeper-'));
  for (const name of ['input', 'output']) await mkdir(join(base, name));
  store = createDirectoryStore({ root: join(base, 'objects'), defaultBucket: 'bucket' });
});
afterEach(() => removeTree(base));

const rootsIn = (directory: string) =>
  new Map(['input', 'output'].map((name) => [`/workspace/${name}`, join(directory, name)]));

const sent: string[] = [];
const urls = {
  openUrl: async (url: URL) => ({ body: Readable.from([`at ${url.pathname}`]), size: undefined }),
  sendToUrl: async (body: Readable, size: number, url: URL) => {
    sent.push(`${url.pathname} ${size} ${await buffer(body)}`);
  },
};

function connect(changes: Partial<Sources> = {}) {
  const [near, far] = connectionPair();
  const sources = createSources({ ...urls, store, limits: stagingLimits });
  const served = serveTasks(far, { tasks: ['stage', 'collect'], lookup: async () => [] });
  return { program: openDataProgram(near, { ...sources, ...changes }), served, far };
}

/** The same work by the agent itself. */
function local() {
  const putToUrl = createUrlPut({ send: urls.sendToUrl, attempts: 1, backoffMs: 1 });
  return createStaging({ store, openUrl: urls.openUrl, putToUrl, limits: stagingLimits });
}

const overflow: Output = {
  kind: 'overflow',
  origin,
  name: 'rest.json',
  fields: { files: 'output_files', uploads: 'minio_objects', uploadName: 'object_name', graph: 'graph_update' },
};

const files = (pattern: string, required = true): Output => ({
  kind: 'files',
  origin: 'output.expected_files[0]',
  root: '/workspace/output',
  pattern,
  required,
});

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => (error instanceof ExecError ? asFailure(error) : Promise.reject(error)));
}

test('stage beside the data: inline files, objects, prefixes and URLs arrive whole', async () => {
  const large = randomBytes(3_000_000);
  await store.put({ name: 'large' }, Readable.from([large]), never);
  for (const name of ['some/a', 'some/b/c']) await store.put({ name }, Readable.from([name]), never);
  const { program } = connect();
  const inputs: Input[] = [
    { kind: 'inline', origin, path: '/workspace/input/run.sh', content: 'ran', encoding: 'utf8', mode: 0o755 },
    { kind: 'object', origin, path: '/workspace/input/large', name: 'large' },
    { kind: 'prefix', origin, path: '/workspace/input/all', prefix: 'some/' },
    { kind: 'url', origin, path: '/workspace/input/page', url: 'https://x/page' },
  ];
  expect(await program.stage(rootsIn(base), inputs, never)).toEqual({ files: 5, bytes: 3_000_025, warnings: [] });
  expect((await readFile(join(base, 'input/large'))).equals(large)).toBe(true);
  const read = (name: string) => readFile(join(base, 'input', name), 'utf8');
  expect(await Promise.all(['run.sh', 'all/a', 'all/b/c', 'page'].map(read))).toEqual([
    'ran',
    'some/a',
    'some/b/c',
    'at /page',
  ]);
});

const wrong: readonly (readonly [string, Input])[] = [
  ['an object that does not exist', { kind: 'object', origin, path: '/workspace/input/a', name: 'nowhere' }],
  ['a prefix without objects', { kind: 'prefix', origin, path: '/workspace/input/a', prefix: 'nowhere/' }],
  ['a path in no volume', { kind: 'inline', origin, path: '/etc/a', content: '', encoding: 'utf8' }],
  ['base64 that is none', { kind: 'inline', origin, path: '/workspace/input/a', content: '!', encoding: 'base64' }],
  [
    'a checksum that does not match',
    { kind: 'url', origin, path: '/workspace/input/a', url: 'https://x/a', sha256: '0'.repeat(64) },
  ],
];

test.each(wrong)('stage beside the data: %s fails as in the agent', async (_what, input) => {
  const beside = await outcomeOf(connect().program.stage(rootsIn(base), [input], never));
  expect(beside).toEqual(await outcomeOf(local().stage(rootsIn(base), [input], never)));
  expect(beside).toMatchObject({ code: expect.any(String) });
});

test('collect beside the data: gives what the agent would collect, for any directory', async () => {
  const name = fc.stringMatching(/^[a-c]{1,3}$/);
  const entry = fc.oneof(
    fc.record({ kind: fc.constant('file' as const), bytes: fc.uint8Array({ maxLength: 3000 }) }),
    fc.record({ kind: fc.constant('link' as const), to: fc.constantFrom('/etc/passwd', '..', 'a', '/proc/self/root') }),
    fc.record({ kind: fc.constant('pipe' as const) }),
    fc.record({ kind: fc.constant('directory' as const) }),
  );
  const tree = fc.dictionary(
    fc.tuple(name, name).map((parts) => parts.join('/')),
    entry,
    { maxKeys: 6 },
  );
  const pattern = fc.constantFrom('**', '*', 'a/', 'a/b', 'missing', '../../etc/passwd', '{a,b}/*');
  const { program } = connect();
  await fc.assert(
    fc.asyncProperty(tree, fc.array(pattern, { maxLength: 3 }), fc.nat(6000), async (entries, patterns, roomBytes) => {
      await removeTree(join(base, 'output'));
      for (const [path, made] of Object.entries(entries)) {
        const at = join(base, 'output', path);
        await mkdir(join(at, '..'), { recursive: true });
        if (made.kind === 'file') await writeFile(at, made.bytes);
        else if (made.kind === 'link') await symlink(made.to, at);
        else if (made.kind === 'pipe') execFileSync('mkfifo', [at]);
        else await mkdir(at);
      }
      await mkdir(join(base, 'output'), { recursive: true });
      const outputs: Output[] = [
        ...patterns.map((each) => files(each)),
        { kind: 'graph', origin, path: '/workspace/output/a/a' },
        { kind: 'upload', origin, root: '/workspace/output', prefix: 'up/' },
        { kind: 'put', origin, root: '/workspace/output', name: 'a/b', to: { kind: 'url', url: 'https://x/put' } },
        overflow,
      ];
      const mask = createMask([Buffer.from('aaaa')]);
      const options = { roomBytes, mask };
      expect(await program.collect(rootsIn(base), outputs, never, options)).toEqual(
        await local().collect(rootsIn(base), outputs, never, options),
      );
    }),
    { numRuns: 60 },
  );
});

test('collect beside the data: nothing outside the directory is read through a link', async () => {
  await writeFile(join(base, 'canary'), 'secret of the host');
  await symlink(join(base, 'canary'), join(base, 'output/link'));
  await symlink(base, join(base, 'output/up'));
  const result = await connect().program.collect(rootsIn(base), [files('**', false), files('up/canary')], never);
  expect(JSON.stringify(result)).not.toContain('secret of the host');
  expect(result.missing).toEqual(['up/canary']);
});

test('collect beside the data: secrets are hidden also in what moves to the store', async () => {
  await writeFile(join(base, 'output/a'), 'key 48213377 end');
  const outputs: Output[] = [files('a'), overflow];
  const options = { roomBytes: 10, mask: createMask([Buffer.from('48213377')]) };
  const result = await connect().program.collect(rootsIn(base), outputs, never, options);
  expect(result.overflow).toEqual({ name: 'rest.json' });
  expect(String(await buffer((await store.get({ name: 'rest.json' }, never)).body))).toContain('key *** end');
});

test('stage beside the data: an aborted one rejects with the reason and ends what the agent sends', async () => {
  const stopping = new AbortController();
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
      if (!stopping.signal.aborted) setImmediate(() => stopping.abort(new ExecError('CANCELED', 'enough')));
    },
  });
  const { program } = connect({ open: async () => ({ body: endless }) });
  const input: Input = { kind: 'object', origin, path: '/workspace/input/a', name: 'endless' };
  await expect(program.stage(rootsIn(base), [input], stopping.signal)).rejects.toMatchObject({ code: 'CANCELED' });
  while (!endless.destroyed) await turn();
});

test('collect beside the data: an upload that the store does not take holds a bounded part of it in memory', async () => {
  const size = 32 * 1024 ** 2;
  await writeFile(join(base, 'output/large'), Buffer.alloc(size));
  let received = 0;
  let most = 0;
  const put: Sources['put'] = async (_target, { body }) => {
    for await (const chunk of body) {
      received += Buffer.from(chunk).length;
      most = Math.max(most, body.readableLength);
    }
    return received;
  };
  const outputs: Output[] = [{ kind: 'upload', origin, root: '/workspace/output', prefix: 'up/' }];
  const result = await connect({ put }).program.collect(rootsIn(base), outputs, never);
  expect(result.uploads).toMatchObject([{ name: 'up/large', size }]);
  expect(most).toBeLessThanOrEqual(512 * 1024);
});

test('collect beside the data: a target that refuses is what is reported, also when it stops reading first', async () => {
  await writeFile(join(base, 'output/large'), Buffer.alloc(2_000_000));
  const put: Sources['put'] = async (_target, { body }) => {
    body.destroy();
    await turn();
    throw new ExecError('POLICY_DENIED', 'That place may not be written.');
  };
  const to = { kind: 'url', url: 'https://x/put' } as const;
  const outputs: Output[] = [{ kind: 'put', origin, root: '/workspace/output', name: 'large', to }];
  const collected = await connect({ put }).program.collect(rootsIn(base), outputs, never);
  expect(JSON.stringify(collected)).toContain('That place may not be written.');
});

test('data program: work in progress fails when the connection is cut, and the program ends', async () => {
  const { program, served, far } = connect({ open: () => new Promise(() => undefined) });
  const input: Input = { kind: 'object', origin, path: '/workspace/input/a', name: 'a' };
  const staging = program.stage(rootsIn(base), [input], never);
  setImmediate(() => far.destroy());
  await expect(staging).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  await served;
});

test('data program: does only the tasks that it was started for', async () => {
  const [near, far] = connectionPair();
  void serveTasks(far, { tasks: ['stage'], lookup: async () => [] });
  const program: DataProgram = openDataProgram(near, createSources({ ...urls, store, limits: stagingLimits }));
  await expect(program.collect(rootsIn(base), [], never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('data program: reads and writes by itself where the agent names a URL', async () => {
  const written: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'PUT') written.push(`${request.url} ${await buffer(request)}`);
    response.end(request.method === 'GET' ? `direct ${request.url}` : '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const direct: Sources['direct'] = async (source, use) =>
      source.kind === 'object' ? `http://127.0.0.1:${port}/${use}/${source.name}` : undefined;
    const { program } = connect({ direct, open: () => Promise.reject(new Error('not through the agent')) });
    const input: Input = { kind: 'object', origin, path: '/workspace/input/a', name: 'in' };
    await program.stage(rootsIn(base), [input], never);
    expect(await readFile(join(base, 'input/a'), 'utf8')).toBe('direct /get/in');
    await writeFile(join(base, 'output/b'), 'result');
    const outputs: Output[] = [{ kind: 'upload', origin, root: '/workspace/output', prefix: 'up/' }];
    expect(await program.collect(rootsIn(base), outputs, never)).toMatchObject({
      uploads: [{ size: 6 }],
      failures: [],
    });
    expect(written).toEqual(['/put/up/b result']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
