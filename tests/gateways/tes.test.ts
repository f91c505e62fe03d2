import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { announceBody } from '../http/announce-body.ts';
import { describeWith } from '../parts/require-part.ts';
import { openTesBench, shellTask, type TesBench } from '../tes/tes-bench.ts';

describeWith(['redis', 'docker'], 'TES over HTTP', () => {
  let bench: TesBench;
  beforeAll(async () => {
    bench = await openTesBench();
    // So that tasks stay as they are.
    await bench.ask('/v1/queue/pause', { method: 'POST' });
  });
  afterAll(() => bench?.close());

  const serviceSchema = z.strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    type: z.strictObject({ group: z.literal('org.ga4gh'), artifact: z.literal('tes'), version: z.literal('1.1.0') }),
    organization: z.strictObject({ name: z.string(), url: z.url() }),
    documentationUrl: z.url(),
    version: z.string(),
    storage: z.array(z.string()),
    tesResources_backend_parameters: z.array(z.string()),
  });

  test('service info: is at each of its places, without a token', async () => {
    const places = ['/ga4gh/tes/v1/service-info', '/v1/service-info', '/ga4gh/tes/v1/tasks/service-info'];
    for (const place of places) serviceSchema.parse(await (await bench.ask(place)).json());
  });

  test('create: a task that is not valid is refused with a problem document that names the field', async () => {
    for (const [body, detail] of [
      ['{', /^The task is not JSON: line 1, column 2/],
      [{}, /^executors: is missing/],
      [{ executors: [{ image: 'alpine:latest', command: 'ls' }] }, /^executors\[0\]\.command: "ls" is not valid/],
      [shellTask('ls', { resources: { ram_gb: 1e6 } }), /^resources\.ram_gb: .* is more than/],
    ] as const) {
      const headers = { 'content-type': 'application/json' };
      const response = await bench.ask('/ga4gh/tes/v1/tasks', { method: 'POST', body, headers });
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(z.object({ detail: z.string() }).parse(await response.json()).detail).toMatch(detail);
    }
  });

  test('create: a task of more than 1 MiB is refused with the limit', async () => {
    for (const path of ['/ga4gh/tes/v1/tasks', '/v1/tasks']) {
      const { status, body } = await announceBody(`${bench.url}${path}`, 1024 ** 2 + 1);
      expect(status).toBe(413);
      expect(body).toContain(`The body of POST ${path} may have at most 1 MiB. Send a smaller one.`);
    }
  });

  test('get and cancel: an unknown task is 404, and so is an execution that is no task', async () => {
    const body = { container: { image: 'alpine:latest' } };
    const other = await bench.ask('/v1/executions', { method: 'POST', body });
    const { execution_id: id } = z.object({ execution_id: z.string() }).parse(await other.json());
    for (const unknown of ['no-such-task', id]) {
      expect((await bench.ask(`/ga4gh/tes/v1/tasks/${unknown}`)).status).toBe(404);
      expect((await bench.cancel(unknown)).status).toBe(404);
    }
    expect((await bench.ask('/ga4gh/tes/v1/tasks/x', { method: 'POST' })).status).toBe(404);
  });

  test('list: pages in three views, newest first, by name, state and tags', async () => {
    const made: string[] = [];
    for (const [index, tags] of [{ a: '1' }, { a: '1', b: '2' }, { a: '' }, { c: '3' }].entries())
      made.push(await bench.create(shellTask('true', { name: `list-${index}`, tags })));
    const ids = async (query: string) => (await bench.list(query)).tasks.map(({ id }) => id);
    const named = 'name_prefix=list-';
    // Tasks of the same millisecond may come in any order.
    const order = await ids(named);
    expect(order.toSorted()).toEqual(made.toSorted());
    const only = (...indexes: readonly number[]) => order.filter((id) => indexes.some((index) => made[index] === id));
    expect(await ids(`${named}3`)).toEqual(only(3));
    expect(await ids('name_prefix=nothing&project=of-an-older-version')).toEqual([]);
    expect(await ids(`${named}&state=QUEUED`)).toEqual(order);
    for (const state of ['COMPLETE', 'RUNNING', 'PAUSED']) expect(await ids(`${named}&state=${state}`)).toEqual([]);
    expect(await ids(`${named}&tag_key=a&tag_value=1`)).toEqual(only(0, 1));
    expect(await ids(`${named}&tag_key=a`)).toEqual(only(0, 1, 2));
    expect(await ids(`${named}&tag_key=a&tag_value=1&tag_key=b&tag_value=2`)).toEqual(only(1));
    const first = await bench.list(`${named}&page_size=3`);
    expect(first.tasks).toEqual(order.slice(0, 3).map((id) => ({ id, state: 'QUEUED' })));
    const rest = await bench.list(`${named}&page_size=3&page_token=${first.next_page_token}`);
    expect(rest.tasks.map(({ id }) => id)).toEqual(order.slice(3));
    expect(rest).not.toHaveProperty('next_page_token');
    for (const view of ['BASIC', 'FULL']) {
      const { tasks } = await bench.list(`${named}&view=${view}`);
      expect(tasks.map(({ name }) => name).toSorted()).toEqual(['list-0', 'list-1', 'list-2', 'list-3']);
      const times = tasks.map(({ creation_time: time = '' }) => time);
      expect(times).toEqual(times.toSorted().toReversed());
      expect(tasks[0]).toMatchObject({ executors: [{ image: 'alpine:latest' }] });
    }
    for (const query of ['page_size=0', 'page_size=2048', 'view=ALL', 'state=DONE', 'page_token=x'])
      expect((await bench.ask(`/ga4gh/tes/v1/tasks?${query}`)).status, query).toBe(400);
  });

  test('cancel: ends a task that waits', async () => {
    const id = await bench.create(shellTask('true'));
    expect(await bench.cancel(id)).toEqual({ status: 200, body: {} });
    await bench.ask('/v1/queue/resume', { method: 'POST' });
    expect((await bench.wait(id)).state).toBe('CANCELED');
    await bench.ask('/v1/queue/pause', { method: 'POST' });
  });

  test('a task runs and is seen in three views', async () => {
    await bench.ask('/v1/queue/resume', { method: 'POST' });
    const task = shellTask('cat /data/in.txt; echo err >&2; exit 0', {
      name: 'greet',
      description: 'says hello',
      inputs: [{ path: '/data/in.txt', content: 'hello\n' }],
      tags: { kind: 'test', empty: null },
    });
    const id = await bench.create(task);
    const full = await bench.wait(id);
    expect(full).toMatchObject({
      id,
      state: 'COMPLETE',
      name: 'greet',
      description: 'says hello',
      inputs: [{ path: '/data/in.txt', content: 'hello\n' }],
      tags: { kind: 'test', empty: '' },
      logs: [{ logs: [{ exit_code: 0, stdout: 'hello\n', stderr: 'err\n' }], outputs: [] }],
    });
    const basic = await bench.get(id, 'BASIC');
    expect(basic.inputs).toEqual([{ path: '/data/in.txt' }]);
    expect(basic.logs?.[0]?.logs[0]).not.toHaveProperty('stdout');
    expect(await bench.get(id, 'MINIMAL')).toEqual({ id, state: 'COMPLETE' });
    await bench.ask('/v1/queue/pause', { method: 'POST' });
  });

  test('outputs: without S3, objects are files below the data directory', async () => {
    await bench.ask('/v1/queue/resume', { method: 'POST' });
    const outputs = [{ path: '/data/out.txt', url: 's3://exec-agent/counts/out.txt' }];
    const { state } = await bench.run(shellTask('echo 2 > /data/out.txt', { outputs }));
    expect(state).toBe('COMPLETE');
    const { dataDir } = bench.deployment.config;
    expect(await readFile(join(dataDir, 'objects/exec-agent/counts/out.txt'), 'utf8')).toBe('2\n');
    await bench.ask('/v1/queue/pause', { method: 'POST' });
  });

  test('tokens: without any, Basic credentials that hold none are those of a local caller', async () => {
    const headers = { authorization: `Basic ${Buffer.from('None:None').toString('base64')}` };
    expect((await bench.ask('/ga4gh/tes/v1/tasks', { headers })).status).toBe(200);
    const token = { authorization: `Basic ${Buffer.from('any:exa_0').toString('base64')}` };
    expect((await bench.ask('/ga4gh/tes/v1/tasks', { headers: token })).status).toBe(401);
  });

  test('tokens: bearer and basic, each tenant sees its own tasks', async () => {
    const [one, two] = [await bench.makeToken('one'), await bench.makeToken('two', ['read'])];
    const id = await bench.create(shellTask('true'), { token: one });
    const basic = { authorization: `Basic ${Buffer.from(`any:${one}`).toString('base64')}` };
    expect((await bench.ask(`/ga4gh/tes/v1/tasks/${id}`, { headers: basic })).status).toBe(200);
    expect((await bench.ask(`/ga4gh/tes/v1/tasks/${id}`, { token: two })).status).toBe(404);
    expect((await bench.ask(`/ga4gh/tes/v1/tasks/${id}:cancel`, { method: 'POST', token: two })).status).toBe(403);
    expect((await bench.ask('/ga4gh/tes/v1/tasks')).status).toBe(401);
    const wrong = { authorization: `Basic ${Buffer.from('any:wrong').toString('base64')}` };
    expect((await bench.ask('/ga4gh/tes/v1/tasks', { headers: wrong })).status).toBe(401);
    for (const url of ['s3://exec-agent/elsewhere/x', 'file:///elsewhere/x', '/elsewhere/x']) {
      const outputs = [{ path: '/o/x', url }];
      const denied = bench.create(shellTask('true', { outputs }), { token: one });
      await expect(denied).rejects.toThrow(/^403 .*outputs\[0\]/);
    }
  });
});
