import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { runTesTask } from './run-tes-task.ts';

const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closes.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return `http://127.0.0.1:${address.port}`;
}

const task = { image: 'alpine', command: ['true'] };

/** A server whose task goes through the states, one for each look. */
const through = (states: readonly string[], seen: string[] = []): RequestListener => {
  const left = [...states];
  return (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(request.method === 'POST' ? { id: 'a' } : { state: left.shift() ?? 'UNKNOWN' }));
  };
};

test('runTesTask: creates a task and looks until it is complete', async () => {
  const seen: string[] = [];
  await runTesTask(await serve(through(['QUEUED', 'RUNNING', 'COMPLETE'], seen)), task);
  const look = 'GET /tasks/a?view=MINIMAL';
  expect(seen).toEqual(['POST /tasks', look, look, look]);
});

test('runTesTask: fails with the state of a task that did not succeed', async () => {
  const base = await serve(through(['RUNNING', 'EXECUTOR_ERROR']));
  await expect(runTesTask(base, task)).rejects.toThrow('EXECUTOR_ERROR');
});

test('runTesTask: fails with the response of a server that refuses', async () => {
  const base = await serve((_, response) => response.writeHead(400).end('no such image'));
  await expect(runTesTask(base, task)).rejects.toThrow('400: no such image');
});
