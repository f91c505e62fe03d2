import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientError, createHttpClient, createRedisClient, type ExecClient } from '../../src/client/index.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';

const request = { container: { image: 'alpine:latest', command: ['true'] } };

describeWith('redis', 'the client', () => {
  let [bench, slow]: (HttpBench | undefined)[] = [];
  beforeAll(async () => {
    const output = [{ stream: 'stdout', text: 'one\n' } as const, { stream: 'stderr', text: 'two\n' } as const];
    const files = [
      { name: 'a b/r.csv', path: '/r', size: 3, content: '1,2', encoding: 'utf8', truncated: false } as const,
    ];
    bench = await openHttpBench({}, scriptedParts({ output, collected: { files } }));
    slow = await openHttpBench(
      { drainSeconds: 0, concurrency: 100 },
      scriptedParts({ output, runsUntilStopped: true }),
    );
  });
  afterAll(async () => {
    await bench?.close();
    await slow?.close();
  });

  const kinds = {
    HTTP: async ({ url }: HttpBench): Promise<ExecClient> => createHttpClient({ url }),
    Redis: ({ deployment: { config } }: HttpBench): Promise<ExecClient> =>
      createRedisClient({ ...config, url: config.redisUrl ?? '' }),
  };

  describe.each(Object.entries(kinds))('over %s', (_, connect) => {
    let [client, slowClient]: (ExecClient | undefined)[] = [];
    const theClient = () => client ?? expect.fail('it is connected');
    const theSlowClient = () => slowClient ?? expect.fail('it is connected');
    beforeAll(async () => {
      if (bench === undefined || slow === undefined) throw new Error('the benches are open');
      [client, slowClient] = [await connect(bench), await connect(slow)];
    });
    afterAll(async () => {
      await client?.close();
      await slowClient?.close();
    });

    test('runs a request and brings its answer', async () => {
      const response = await theClient().run(request);
      expect(response).toMatchObject({ success: true, result: { output: 'one\ntwo\n' } });
    });

    test('submits, follows the log to its end, and waits for the answer', async () => {
      const id = await theClient().submit(request);
      const lines: string[] = [];
      for await (const { stream, text } of theClient().logs(id)) lines.push(`${stream} ${text}`);
      expect(lines).toEqual(['stdout one\n', 'stderr two\n']);
      expect(await theClient().wait(id)).toMatchObject({ success: true, execution_id: id });
    });

    test('hears the states of all executions, and cancels one', async () => {
      const stop = new AbortController();
      const events = theSlowClient().events({ signal: stop.signal })[Symbol.asyncIterator]();
      let heard: unknown;
      events.next().then((first) => {
        heard = first;
      });
      const ids: string[] = [];
      // Over HTTP it hears what comes once the connection stands.
      const submitUntilHeard = async () => {
        ids.push(await theSlowClient().submit(request));
        return heard !== undefined;
      };
      expect(await becomesTrue(submitUntilHeard, 30_000)).toBe(true);
      expect(heard).toMatchObject({ value: { execution_id: expect.toBeOneOf(ids) } });
      const [id = ''] = ids;
      for await (const { state } of theSlowClient().events({ executionId: id })) {
        if (state === 'running') await theSlowClient().cancel(id);
      }
      expect(await theSlowClient().wait(id)).toMatchObject({ success: false, error_code: 'CANCELED' });
      stop.abort(new Error('enough'));
      await expect(async () => {
        while ((await events.next()).done !== true);
      }).rejects.toThrow('enough');
    });

    test('gets an error that names what is wrong with a request', async () => {
      const wrong = { container: { image: 'alpine', resources: { memory: 'much' } } };
      const error: unknown = await theClient()
        .submit(wrong)
        .catch((problem: unknown) => problem);
      expect(error).toBeInstanceOf(ClientError);
      expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('memory') });
    });

    test('waits no longer than it is wanted to', async () => {
      const signal = AbortSignal.timeout(200);
      await expect(theSlowClient().run(request, { signal })).rejects.toThrow(/time/i);
    });
  });

  test('over HTTP it uploads, lists, fetches files and deletes', async () => {
    const client = createHttpClient({ url: bench?.url ?? '' });
    const uploaded = await client.upload('data/ü.csv', '1,2');
    expect(uploaded).toMatchObject({ object_name: 'inputs/default/data/ü.csv', size: 3 });
    const name = randomUUID();
    const id = await client.submit({ ...request, name });
    await client.wait(id);
    expect(await client.list({ name })).toMatchObject({ executions: [{ execution_id: id, code: 'OK' }] });
    expect(await client.files(id)).toMatchObject({ files: [{ name: 'a b/r.csv' }] });
    expect(await (await client.file(id, 'a b/r.csv')).text()).toBe('1,2');
    await client.delete(id);
    await expect(client.get(id)).rejects.toMatchObject({ status: 404 });
  });

  test('over HTTP a call that meets a busy agent or no agent is tried again, and a log goes on where it broke off', async () => {
    const seen: (string | undefined)[] = [];
    const line = (text: string, id: string) =>
      `event: log\nid: ${id}\ndata: ${JSON.stringify({ stream: 'stdout', time: 1, text })}\n\n`;
    const server = createServer((asked, response) => {
      seen.push(asked.headers['last-event-id']?.toString());
      if (seen.length === 1) return void response.writeHead(503, { 'retry-after': '0' }).end('busy');
      if (seen.length === 2) return void asked.socket.destroy();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (seen.length > 3) return void response.end(`${line('b', '2-0')}event: end\ndata: {}\n\n`);
      response.write(line('a', '1-0'), () => asked.socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const client = createHttpClient({ url: `http://127.0.0.1:${port}` });
      const texts: string[] = [];
      for await (const { text } of client.logs('x')) texts.push(text);
      expect(texts).toEqual(['a', 'b']);
      expect(seen).toEqual([undefined, undefined, undefined, '1-0']);
    } finally {
      server.close();
    }
  });
});
