import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executionPageSchema, executionViewSchema } from '../../src/wire/http/executions.ts';
import { fileListSchema } from '../../src/wire/http/files.ts';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';
import { allEvents, readEvents } from './read-events.ts';

const viewOf = async (response: Response) => executionViewSchema.parse(await response.json());
const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return problemSchema.parse(await response.json());
};

describeWith('redis', 'over HTTP', () => {
  describe('to an agent whose containers end at once', () => {
    let bench: HttpBench;
    const files = [
      { name: 'a/r.csv', path: '/workspace/output/a/r.csv', size: 10, content: '0123456789', encoding: 'utf8' },
      { name: 'x.html', path: '/workspace/output/x.html', size: 4, content: '<p>x', encoding: 'utf8' },
      { name: 'b.bin', path: '/workspace/output/b.bin', size: 1, content: '/w==', encoding: 'base64' },
      { name: 'large', path: '/workspace/output/large', size: 9e9, encoding: 'base64' },
    ] as const;
    beforeAll(async () => {
      const output = ['one\n', 'two\n', 'three\n'].map((text) => ({ stream: 'stdout', text }) as const);
      const collected = { files: files.map((file) => ({ ...file, truncated: !('content' in file) })) };
      bench = await openHttpBench({}, scriptedParts({ output, collected }));
    });
    afterAll(() => bench.close());

    test('a request is accepted, found at its location, and answered there', async () => {
      const accepted = await bench.ask('/v1/executions', { method: 'POST', body: shell('true') });
      expect(accepted.status).toBe(202);
      const location = accepted.headers.get('location') ?? '';
      const found = await viewOf(await bench.ask(`${location}?wait=60`));
      expect(found).toMatchObject({ state: 'finished', code: 'OK', response: { success: true } });
      expect(location).toBe(`/v1/executions/${found.execution_id}`);
    });

    test('with wait the answer comes at once', async () => {
      const response = await bench.ask('/v1/executions?wait=60', { method: 'POST', body: shell('true') });
      expect(response.status).toBe(200);
      expect((await viewOf(response)).response?.result?.output).toBe('one\ntwo\nthree\n');
    });

    test('the same id and body once more is the same execution', async () => {
      const request = shell('true', { correlation_id: randomUUID() });
      const [first, second] = [await bench.run(request), await bench.run(request)];
      expect(second).toBe(first);
    });

    test('a wrong request gets an error that names its field', async () => {
      const body = { container: { image: 7 } };
      const response = await bench.ask('/v1/executions', { method: 'POST', body });
      expect(response.status).toBe(400);
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ error_code: 'INVALID_REQUEST', title: 'Bad Request' });
      expect(problem.detail).toContain('container.image');
    });

    test('a body that is not said to be JSON is refused, as a web page could send it', async () => {
      const response = await bench.ask('/v1/executions', {
        method: 'POST',
        body: JSON.stringify(shell('true')),
        headers: { 'content-type': 'text/plain' },
      });
      expect(response.status).toBe(415);
      expect((await problemOf(response)).detail).toContain('application/json');
    });

    test('lists are filtered, and paged to their end', async () => {
      const tag = randomUUID();
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.unshift(await bench.run(shell('true', { tags: { of: tag } })));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const more: string = cursor === undefined ? '' : `&cursor=${cursor}`;
        const page = executionPageSchema.parse(
          await (await bench.ask(`/v1/executions?tag=of=${tag}&limit=2&state=finished${more}`)).json(),
        );
        seen.push(...page.executions.map(({ execution_id: id }) => id));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen.toSorted()).toEqual(ids.toSorted());
      const none = await bench.ask(`/v1/executions?tag=of=${tag}&state=queued`);
      expect(executionPageSchema.parse(await none.json())).toEqual({ executions: [] });
    });

    test('an execution is found by its correlation id', async () => {
      const correlationId = `c/${randomUUID()}`;
      const id = await bench.run(shell('true', { correlation_id: correlationId }));
      const found = await viewOf(await bench.ask(`/v1/executions/${encodeURIComponent(correlationId)}`));
      expect(found.execution_id).toBe(id);
    });

    test('a deleted execution is gone, also from lists', async () => {
      const name = randomUUID();
      const id = await bench.run(shell('true', { name }));
      expect((await bench.ask(`/v1/executions/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect((await bench.ask(`/v1/executions/${id}`)).status).toBe(404);
      expect(
        executionPageSchema.parse(await (await bench.ask(`/v1/executions?name=${name}`)).json()).executions,
      ).toEqual([]);
    });

    test('a log is text, or events that go on after the last one that was seen', async () => {
      const id = await bench.run(shell('true'));
      const text = await bench.ask(`/v1/executions/${id}/logs`);
      expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await text.text()).toBe('one\ntwo\nthree\n');
      const accept = 'text/event-stream';
      const events = await allEvents(await bench.ask(`/v1/executions/${id}/logs`, { headers: { accept } }));
      expect(events.map(({ event }) => event)).toEqual(['log', 'log', 'log', 'end']);
      const resumed = await bench.ask(`/v1/executions/${id}/logs`, {
        headers: { accept, 'last-event-id': events[1]?.id ?? '' },
      });
      expect(await allEvents(resumed)).toEqual(events.slice(2));
    });

    test('files are listed and read, in part too, and a page among them runs no script', async () => {
      const id = await bench.run(shell('true'));
      const list = fileListSchema.parse(await (await bench.ask(`/v1/executions/${id}/files`)).json());
      expect(list.files).toMatchObject([
        { name: 'a/r.csv', size: 10, content_type: 'text/csv; charset=utf-8', stored: true },
        { name: 'b.bin', stored: true },
        { name: 'large', stored: false },
        { name: 'x.html', stored: true },
      ]);
      const whole = await bench.ask(`/v1/executions/${id}/files/a/r.csv`);
      expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
      const part = await bench.ask(`/v1/executions/${id}/files/a/r.csv`, { headers: { range: 'bytes=2-4' } });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
      const beyond = await bench.ask(`/v1/executions/${id}/files/a/r.csv`, { headers: { range: 'bytes=10-' } });
      expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
      const bytes = await (await bench.ask(`/v1/executions/${id}/files/b.bin`)).arrayBuffer();
      expect(Buffer.from(bytes)).toEqual(Buffer.from([255]));
      const page = await bench.ask(`/v1/executions/${id}/files/x.html`);
      expect(page.headers.get('content-disposition')).toMatch(/^attachment/);
      expect(page.headers.get('content-security-policy')).toContain('sandbox');
      for (const name of ['../x', '..%2fx', '%2e%2e%2fa%2fr.csv', 'nope', 'large', '%00'])
        expect((await bench.ask(`/v1/executions/${id}/files/${name}`)).status, name).toBe(404);
    });

    test('zip: holds the files that are kept, and says how many are not', async () => {
      const id = await bench.run(shell('true'));
      const response = await bench.ask(`/v1/executions/${id}/zip`);
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${id}.zip"`);
      expect(response.headers.get('x-files-left-out')).toBe('1');
      const archive = Buffer.from(await response.arrayBuffer());
      expect(archive.subarray(0, 2).toString()).toBe('PK');
      for (const name of ['a/r.csv', 'x.html', 'b.bin']) expect(archive.includes(name), name).toBe(true);
      expect(archive.includes('large')).toBe(false);
    });

    test('an upload becomes an object that requests can name', async () => {
      const response = await bench.ask('/v1/inputs/data/sales.csv', { method: 'PUT', body: 'a,b\n' });
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ object_name: 'inputs/default/data/sales.csv', size: 4 });
      for (const name of ['a%2f..%2fb', 'a//b', '..%2fx', 'a%00b'])
        expect((await bench.ask(`/v1/inputs/${name}`, { method: 'PUT', body: 'x' })).status, name).toBeGreaterThan(399);
    });

    test('the states of an execution are sent until it has finished', async () => {
      const followed = readEvents(await bench.ask('/v1/events'));
      const next = followed.next();
      const id = await bench.run(shell('true'));
      expect(await next).toMatchObject({ value: { event: 'state', data: { state: 'queued', execution_id: id } } });
      await followed.return(undefined);
      const own = await allEvents(await bench.ask(`/v1/executions/${id}/events`));
      expect(own.at(-1)).toMatchObject({ event: 'state', data: { state: 'finished', code: 'OK' } });
    });

    test('without tokens, other names of this machine and web pages are refused', async () => {
      const rebound = await bench.ask('/v1/executions', { headers: { origin: 'http://evil.example' } });
      expect(rebound.status).toBe(403);
      const port = Number(new URL(bench.url).port);
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /v1/executions HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n');
      const [head] = await once(socket, 'data');
      expect(String(head)).toMatch(/^HTTP\/1.1 403/);
      socket.destroy();
    });

    test('a submission without a body gets an error that names what is missing', async () => {
      const problem = await bench.ask('/v1/executions', { method: 'POST' });
      expect(problem.status).toBe(400);
      expect(await problem.json()).toMatchObject({ error_code: 'INVALID_REQUEST' });
    });

    test('it says that it is alive and ready, and describes itself', async () => {
      expect(await (await bench.ask('/healthz')).json()).toEqual({ status: 'ok' });
      expect(await (await bench.ask('/readyz')).json()).toEqual({ status: 'ok' });
      expect(await (await bench.ask('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
      const page = await bench.ask('/docs');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await page.text()).toContain('/v1/executions/{id}/logs');
    });
  });

  test('a running execution is canceled, cannot be deleted before, and its log is followed meanwhile', async () => {
    const output = [{ stream: 'stderr', text: 'begun\n' }] as const;
    const bench = await openHttpBench({}, scriptedParts({ output, runsUntilStopped: true }));
    try {
      const accepted = await bench.ask('/v1/executions', { method: 'POST', body: shell('sleep 60') });
      const location = accepted.headers.get('location') ?? '';
      expect((await bench.ask(location, { method: 'DELETE' })).status).toBe(409);
      const log = readEvents(await bench.ask(`${location}/logs`, { headers: { accept: 'text/event-stream' } }));
      expect(await log.next()).toMatchObject({ value: { data: { stream: 'stderr', text: 'begun\n' } } });
      const isRunning = async () => (await viewOf(await bench.ask(location))).state === 'running';
      expect(await becomesTrue(isRunning, 30_000)).toBe(true);
      expect((await bench.ask(`${location}/cancel`, { method: 'POST' })).status).toBe(202);
      expect(await log.next()).toMatchObject({ value: { event: 'end', data: { code: 'CANCELED' } } });
      expect(await viewOf(await bench.ask(`${location}?wait=60`))).toMatchObject({ code: 'CANCELED' });
    } finally {
      await bench.close();
    }
  });

  test('an agent does not listen beyond its machine before there is a token', async () => {
    await expect(openHttpBench({ httpHost: '0.0.0.0' }, scriptedParts())).rejects.toThrow('exec-agent token create');
  });

  test('numbers keep their digits on the way in and out', async () => {
    const graph = '{"nodes":[{"id":12345678901234567890}],"relationships":[]}';
    const collected = { graph };
    const bench = await openHttpBench({}, scriptedParts({ collected }));
    try {
      const body = `{"container":{"image":"alpine"},"input":{"graph_data":${graph}},"output":{"graph_update":true}}`;
      const response = await bench.ask('/v1/executions?wait=60', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(await response.text()).toContain('"id":12345678901234567890');
    } finally {
      await bench.close();
    }
  });
});
