import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { executionViewSchema } from '../../src/wire/http/executions.ts';
import { logHitsSchema } from '../../src/wire/http/log-hits.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { readEvents } from '../http/read-events.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} of the output\n`);
const whole = lines.join('');

describeWith('redis', 'whole outputs', () => {
  let bench: HttpBench;
  let id = '';
  const store = () =>
    createDirectoryStore({
      root: join(bench.deployment.config.dataDir, 'objects'),
      defaultBucket: bench.deployment.config.bucket,
    });
  beforeAll(async () => {
    const output = lines.map((text) => ({ stream: 'stdout' as const, text }));
    bench = await openHttpBench({ logKeepBytes: 1000, leaseSeconds: 3 }, scriptedParts({ output }));
    id = await bench.run(shell('true'));
  });
  afterAll(() => bench.close());

  const read = async (query = '', headers = {}) => {
    const response = await bench.ask(`/v1/executions/${id}/logs${query}`, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test('output: is short in the response, which says where the whole is', async () => {
    const view = executionViewSchema.parse(await (await bench.ask(`/v1/executions/${id}`)).json());
    expect(view.response?.result?.output.length).toBeLessThan(1100);
    expect(view.response?.result?.metadata.warnings).toEqual([
      expect.stringMatching(/ bytes in the middle of the output are left out: .*"exec-agent logs .*" prints the whole/),
    ]);
  });

  test('logs: has every line, as text, as events and on the command line', async () => {
    const text = await read();
    expect(text.text).toBe(whole);
    expect(text.headers.get('x-log-size')).toBe(String(whole.length));
    const client = createHttpClient({ url: bench.url });
    let collected = '';
    for await (const line of client.logs(id, { follow: false })) collected += line.text;
    expect(collected).toBe(whole);
    const { redisUrl, dataDir, keyPrefix } = bench.deployment.config;
    const options = { cwd: dataDir, env: { REDIS_URL: redisUrl, EXEC_KEY_PREFIX: keyPrefix, EXEC_DATA_DIR: dataDir } };
    expect((await runCli(['logs', id], options)).stdout).toBe(whole);
  });

  test('logs: parts by range, offset, limit and tail', async () => {
    const range = await read('', { range: 'bytes=100-199' });
    expect([range.status, range.text]).toEqual([206, whole.slice(100, 200)]);
    expect(range.headers.get('content-range')).toBe(`bytes 100-199/${whole.length}`);
    expect((await read('', { range: `bytes=${whole.length}-` })).status).toBe(416);
    expect((await read('?offset=50000&limit=1000')).text).toBe(whole.slice(50_000, 51_000));
    const tail = await read('?tail=3');
    expect(tail.text).toBe(lines.slice(-3).join(''));
    expect(tail.headers.get('x-log-lines-before')).toBe('2997');
    expect(tail.headers.get('x-log-offset')).toBe(String(whole.length - tail.text.length));
    expect((await read('?tail=100000')).text).toBe(whole);
    expect((await read(`?offset=${whole.length + 5}`)).text).toBe('');
    for (const wrong of ['?tail=0', '?offset=-1', '?limit=0', '?tail=100001'])
      expect((await read(wrong)).status, wrong).toBe(400);
    const download = await read('?download=true');
    expect(download.headers.get('content-disposition')).toBe(`attachment; filename="${id}.log"`);
  });

  test('logs: are searched by the agent, in pages', async () => {
    const find = async (query: string) =>
      logHitsSchema.parse(await (await bench.ask(`/v1/executions/${id}/logs/search?${query}`)).json());
    expect((await find('q=line%201234%20')).hits).toEqual([
      { offset: whole.indexOf('line 1234 '), line: 1235, text: 'line 1234 of the output' },
    ]);
    expect((await find('q=LINE%201234')).hits).toEqual([]);
    expect((await find('q=LINE%201234&ignore_case=true')).hits).toHaveLength(1);
    const first = await find('q=line&limit=1000');
    expect([first.hits.length, first.next]).toEqual([1000, whole.indexOf('line 1000 ')]);
    expect((await find(`q=line&limit=1&offset=${first.next}`)).hits).toMatchObject([{ line: 1001 }]);
    const client = createHttpClient({ url: bench.url });
    expect((await client.searchLogs(id, 'line 7 ')).hits).toMatchObject([{ line: 8 }]);
    expect(await (await client.logText(id, { tail: 1 })).text()).toBe(lines.at(-1));
  });

  test('logs: without what the store held, the shortened output is read', async () => {
    const lost = await bench.run(shell('true'));
    await store().remove({ name: `executions/${lost}/log-1.txt` }, AbortSignal.timeout(10_000));
    const text = await (await bench.ask(`/v1/executions/${lost}/logs`)).text();
    expect(text).toMatch(/^line 0 [\s\S]*bytes left out[\s\S]*line 2999 of the output\n$/);
    const events = readEvents(
      await bench.ask(`/v1/executions/${lost}/logs?follow=false`, { headers: { accept: 'text/event-stream' } }),
    );
    expect(await events.next()).toMatchObject({ value: { data: { text } } });
    await events.return(undefined);
  });

  test('logs: go from the store when their record goes', async () => {
    const gone = await bench.run(shell('true'));
    const name = `executions/${gone}/log-1.txt`;
    const { redis, config } = bench.deployment;
    const isStored = async () => {
      for await (const object of store().list({ name }, AbortSignal.timeout(10_000)))
        if (object.name === name) return true;
      return false;
    };
    expect(await isStored()).toBe(true);
    expect((await bench.ask(`/v1/executions/${gone}`, { method: 'DELETE' })).status).toBe(204);
    expect(await becomesTrue(async () => !(await isStored()), 60_000)).toBe(true);
    const left = async () => (await redis.keys(`${queueKeys(config.keyPrefix).orphanedLogs('*')}`)).length;
    expect(await becomesTrue(async () => (await left()) === 0, 60_000)).toBe(true);
  });
});
