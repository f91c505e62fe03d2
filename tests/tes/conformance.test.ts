import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeWith } from '../parts/require-part.ts';
import { openTesBench, type SeenTask, type TesBench } from './tes-bench.ts';

// The image has no tag, as in the tasks of the conformance runner.
const hello = { image: 'alpine', command: ['echo', 'hello'] };
const missing = { image: 'alpine', command: ['ERROR'] };
const long = { image: 'alpine', command: ['sleep', '600'] };
const views = ['MINIMAL', 'BASIC', 'FULL'];

/** One test for each case that openapi-test-runner has for TES 1.1. */
describeWith(['redis', 'docker'], 'TES conformance', () => {
  let bench: TesBench;
  let done: SeenTask;
  const name = `done-${randomUUID()}`;
  const tags = { foo: 'bar', baz: 'bat', lorem: 'ipsum', task: 'create', empty: '' };
  beforeAll(async () => {
    bench = await openTesBench({ cpusMax: 4, memoryMax: 8e9, diskMax: 40e9 });
    done = await bench.run({ name, description: 'says hello', executors: [hello], tags });
    await bench.run({ name: 'other', executors: [hello] });
  });
  afterAll(() => bench?.close());

  const idsOf = async (query: string) => (await bench.list(query)).tasks.map(({ id }) => id);

  test('service info: is that of TES 1.1', async () => {
    const info = await (await bench.ask('/v1/service-info')).json();
    const type = { group: 'org.ga4gh', artifact: 'tes', version: '1.1.0' };
    expect(info).toMatchObject({ type, organization: { url: expect.stringMatching(/^https?:/) } });
  });

  describe.each(views)('view %s', (view) => {
    test('get: has the fields of the view at once and at the end', async () => {
      const id = await bench.create({ executors: [hello] });
      expect(Object.keys(await bench.get(id, view))).toEqual(expect.arrayContaining(['id', 'state']));
      expect(await bench.wait(id)).toMatchObject({ state: 'COMPLETE' });
      expectView(await bench.get(id, view), view);
    });

    test('list: has the fields of the view for each task', async () => {
      const { tasks } = await bench.list(`view=${view}&name_prefix=${name}`);
      expect(tasks).toHaveLength(1);
      for (const task of tasks) expectView(task, view);
    });
  });

  test('list: page_size is the number of tasks', async () => {
    for (const size of [1, 2]) expect(await idsOf(`view=MINIMAL&page_size=${size}`)).toHaveLength(size);
  });

  test('list: page_token continues behind the page before', async () => {
    const first = await bench.list('page_size=1');
    const second = await bench.list(`page_size=1&page_token=${first.next_page_token}`);
    expect(second.tasks).toHaveLength(1);
    expect(second.tasks[0]?.id).not.toBe(first.tasks[0]?.id);
  });

  test('filter by name: a prefix, not a part behind it', async () => {
    expect(await idsOf(`view=BASIC&name_prefix=${name}`)).toEqual([done.id]);
    expect(await idsOf(`view=BASIC&name_prefix=${name.slice(0, -1)}`)).toEqual([done.id]);
    expect(await idsOf(`view=BASIC&name_prefix=${name.slice(1)}`)).toEqual([]);
  });

  test('filter by state: tasks in that state alone', async () => {
    const { tasks } = await bench.list('state=COMPLETE');
    expect(tasks.map(({ id }) => id)).toContain(done.id);
    expect(new Set(tasks.map(({ state }) => state))).toEqual(new Set(['COMPLETE']));
  });

  test('filter by tags: all pairs in any order; a key without a value matches any', async () => {
    const only = `name_prefix=${name}&view=BASIC`;
    const asked = (keys: readonly string[], values: readonly string[]) =>
      idsOf([only, ...keys.map((key) => `tag_key=${key}`), ...values.map((value) => `tag_value=${value}`)].join('&'));
    expect(await asked(['foo', 'lorem', 'task', 'baz'], ['bar', 'ipsum', 'create', 'bat'])).toEqual([done.id]);
    expect(await asked(['foo', 'lorem', 'baz'], ['bar', 'ipsum'])).toEqual([done.id]);
    expect(await asked(['empty'], [])).toEqual([done.id]);
    expect(await asked(['foo', 'lorem', 'extra'], ['bar', 'ipsum'])).toEqual([]);
    expect(await asked(['foo'], ['wrong'])).toEqual([]);
    expect(await asked(['not-set'], ['x'])).toEqual([]);
    expect((await bench.list(only)).tasks[0]?.tags).toEqual(tags);
  });

  test('create: a task with several executors is accepted', async () => {
    await bench.cancel(await bench.create({ name: 'two', description: 'two', executors: [hello, hello] }));
  });

  test('create: unknown backend parameters are ignored', async () => {
    const resources = { backend_parameters: { VmSize: 'Standard_D64_v3' }, backend_parameters_strict: false };
    expect(await bench.run({ executors: [hello], resources })).toMatchObject({ state: 'COMPLETE' });
  });

  test('create: unknown backend parameters are refused when the task is strict', async () => {
    const resources = { backend_parameters: { INVALID: 'PARAMETER' }, backend_parameters_strict: true };
    const refused = bench.create({ executors: [hello], resources });
    await expect(refused).rejects.toThrow(/^400 .*resources\.backend_parameters\.INVALID/);
  });

  test('create: the task runs to its end', async () => {
    expect(done).toMatchObject({ state: 'COMPLETE', logs: [{ logs: [{ exit_code: 0, stdout: 'hello\n' }] }] });
  });

  test('create: ignore_error continues behind a program that does not exist', async () => {
    const logsOf = ({ logs }: SeenTask) => logs?.[0]?.logs.map(({ exit_code: code }) => code);
    const ended = await bench.run({ executors: [{ ...missing, ignore_error: false }, hello] });
    expect([ended.state, logsOf(ended)]).toEqual(['EXECUTOR_ERROR', [127]]);
    const ignored = await bench.run({ executors: [{ ...missing, ignore_error: true }, hello] });
    expect([ignored.state, logsOf(ignored)]).toEqual(['COMPLETE', [127, 0]]);
  });

  const input = { url: 's3://my-object-store/file-1', path: '/data/file1' };
  test.each([
    ['inputs', { inputs: [{ ...input, type: 'FILE' }] }],
    ['outputs', { outputs: [{ url: 's3://my-object-store/outfile-1', path: '/data/outfile', type: 'FILE' }] }],
    ['resources', { resources: { cpu_cores: 4, preemptible: false, ram_gb: 8, disk_gb: 40, zones: ['us-west-1'] } }],
    ['streamable inputs', { inputs: [{ ...input, name: 'file', description: 'a file', streamable: true }] }],
  ])('create: a task with %s is accepted, and they are shown', async (_what, more) => {
    const id = await bench.create({ executors: [hello], ...more });
    expect(await bench.get(id, 'BASIC')).toMatchObject(more);
    await bench.cancel(id);
  });

  test('cancel: responds with an empty object', async () => {
    const id = await bench.create({ executors: [hello] });
    expect(await bench.cancel(id)).toEqual({ status: 200, body: {} });
  });

  // A short command could have ended before.
  test('cancel: the task ends as canceled', async () => {
    const id = await bench.create({ executors: [long] });
    await bench.cancel(id);
    expect(await bench.wait(id)).toMatchObject({ state: 'CANCELED' });
  });
});

const finished = z.object({ exit_code: z.literal(0) });

function expectView(task: SeenTask, view: string): void {
  if (view === 'MINIMAL') {
    expect(Object.keys(task).sort()).toEqual(['id', 'state']);
    return;
  }
  expect(task).toMatchObject({ executors: [hello], creation_time: expect.any(String) });
  const log = finished.loose().parse(task.logs?.[0]?.logs[0]);
  expect(log.stdout).toBe(view === 'FULL' ? 'hello\n' : undefined);
}
