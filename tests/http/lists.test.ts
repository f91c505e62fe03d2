import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient } from '../../src/client/http/create-http-client.ts';
import { executionPageSchema, executionViewSchema } from '../../src/wire/http/executions.ts';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { executionStatsSchema } from '../../src/wire/http/stats.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

describeWith('redis', 'lists and counts over HTTP', () => {
  let bench: HttpBench;
  let ids: string[] = [];
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts());
    ids = [
      await bench.run(shell('true', { name: 'nightly-1', tags: { team: 'a', kind: 'x' } })),
      await bench.run(shell('true', { name: 'nightly-2', tags: { team: 'a' } })),
      await bench.run(shell('true', { correlation_id: 'order-7', tags: { kind: 'x' } })),
    ];
  });
  afterAll(() => bench.close());

  const list = async (query: string) => {
    const response = await bench.ask(`/v1/executions?${query}`);
    if (response.status !== 200) return problemSchema.parse(await response.json()).detail;
    return executionPageSchema.parse(await response.json()).executions.map(({ execution_id: id }) => ids.indexOf(id));
  };

  test('list: a repeated state or code means any of them, a repeated tag all of them', async () => {
    expect(await list('state=queued&state=finished')).toEqual([2, 1, 0]);
    expect(await list('state=queued&state=running')).toEqual([]);
    expect(await list('code=OK&code=TIMEOUT')).toEqual([2, 1, 0]);
    expect(await list('code=TIMEOUT')).toEqual([]);
    expect(await list('tag=team=a')).toEqual([1, 0]);
    expect(await list('tag=team=a&tag=kind=x')).toEqual([0]);
  });

  test('list: a prefix is that of an id, a name or a correlation id, and an agent is the one that ran it', async () => {
    expect(await list('prefix=nightly-')).toEqual([1, 0]);
    expect(await list('prefix=order')).toEqual([2]);
    expect(await list(`prefix=${ids[1]?.slice(0, 13)}`)).toEqual([1]);
    const { executions } = executionPageSchema.parse(await (await bench.ask('/v1/executions')).json());
    expect(await list(`agent=${executions[0]?.agent}`)).toEqual([2, 1, 0]);
    expect(await list('agent=another')).toEqual([]);
  });

  test.each([
    ['state=asleep', /^state\b.*: /],
    ['code=NONE', /^code\b.*: /],
    ['prefix=', /^prefix: /],
    [Array.from({ length: 9 }, () => 'tag=a=b').join('&'), /^tag: /],
    ['tag=ab', /^tag\b.*key=value/],
  ])('list: a wrong filter is refused with its name (%#)', async (query, detail) => {
    expect(await list(query)).toMatch(detail);
  });

  test('stats: counts by state and code, for a period and its parts', async () => {
    const stats = executionStatsSchema.parse(await (await bench.ask('/v1/stats?parts=2')).json());
    expect(stats).toMatchObject({ states: { finished: 3 }, codes: { OK: 3 } });
    expect(stats.history.map(({ codes }) => codes)).toEqual([{}, { OK: 3 }]);
    const past = await bench.ask('/v1/stats?since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z');
    expect(await past.json()).toMatchObject({ states: {}, codes: {} });
    for (const wrong of ['since=2021-01-01T00:00:00Z&until=2020-01-01T00:00:00Z', 'parts=0', 'parts=101', 'since=x'])
      expect((await bench.ask(`/v1/stats?${wrong}`)).status, wrong).toBe(400);
  });

  test('cancel of many: says what it would cancel, cancels only that, and only of the tenant', async () => {
    const slow = await openHttpBench({}, scriptedParts({ runsUntilStopped: true }));
    try {
      const [mine, other] = await Promise.all([slow.makeToken('mine'), slow.makeToken('other')]);
      const submit = async (token: string, set: string) => {
        const body = shell('sleep 60', { tags: { set } });
        const response = await slow.ask('/v1/executions', { method: 'POST', token, body });
        return executionViewSchema.parse(await response.json()).execution_id;
      };
      const ids = [await submit(mine, 'a'), await submit(mine, 'a')];
      const [rest, theirs] = [await submit(mine, 'b'), await submit(other, 'a')];
      const client = createHttpClient({ url: slow.url, token: mine });
      const filter = { tag: ['set=a'] };
      const dry = await client.cancelMany({ filter, dry_run: true });
      expect(dry).toEqual({ executions: ids.toReversed(), dry_run: true, more: false });
      expect(await client.cancelMany({ filter })).toEqual({ ...dry, dry_run: false });
      for (const id of ids) expect(await client.wait(id)).toMatchObject({ error_code: 'CANCELED' });
      expect((await client.get(rest)).state).not.toBe('finished');
      const foreign = await slow.ask(`/v1/executions/${theirs}`, { token: other });
      expect(executionViewSchema.parse(await foreign.json()).state).not.toBe('finished');
      for (const body of ['', '{}', '{"filter":{"tags":[]}}', '{"filter":{"state":["finished"]}}', '[]'])
        expect(
          await slow.ask('/v1/executions/cancel', {
            method: 'POST',
            token: mine,
            body,
            headers: { 'content-type': 'application/json' },
          }),
          body,
        ).toMatchObject({ status: 400 });
      expect(await client.cancelMany({ filter: {} })).toMatchObject({ executions: [rest] });
      await createHttpClient({ url: slow.url, token: other }).cancelMany({ filter: {} });
    } finally {
      await slow.close();
    }
  });

  test('client and ps: take the same filters', async () => {
    const client = createHttpClient({ url: bench.url });
    const page = await client.list({ state: ['queued', 'finished'], code: 'OK', tag: ['team=a', 'kind=x'] });
    expect(page.executions.map(({ execution_id: id }) => id)).toEqual([ids[0]]);
    expect(await client.stats({ parts: 1 })).toMatchObject({ codes: { OK: 3 } });
    const cli = await runCli(['ps', '--json', '--code', 'OK', '--prefix', 'nightly', '--tag', 'kind=x'], {
      cwd: bench.deployment.config.dataDir,
      env: { EXEC_URL: bench.url },
    });
    expect(JSON.parse(cli.stdout).executions).toMatchObject([{ execution_id: ids[0] }]);
  });
});
