import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { describeWith } from '../parts/require-part.ts';
import { readOperations } from './api-operations.ts';
import { createDice, makeMalformed, type RawRequest } from './malformed-requests.ts';
import { openHttpBench } from './open-http-bench.ts';

const requests = 5000;
const atOnce = 40;
const seed = Number(process.env.EXEC_TEST_SEED ?? Date.now() % 1_000_000);

describeWith('redis', 'malformed requests', () => {
  test(`of every kind are refused with a sentence, and nothing breaks (EXEC_TEST_SEED=${seed})`, async () => {
    const bench = await openHttpBench({ httpWaitSeconds: 0, messageBytes: 1024 ** 2 }, scriptedParts());
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    try {
      const operations = (await readOperations()).filter(({ path }) => path !== '/readyz');
      const dice = createDice(seed);
      const made = Array.from({ length: requests }, (_, n) => {
        const operation = operations[n % operations.length];
        if (operation === undefined) throw new Error('there are operations');
        return makeMalformed(operation, dice);
      });
      const wrong: string[] = [];
      const work = async () => {
        for (let next = made.pop(); next !== undefined; next = made.pop()) {
          const { status, type } = await send(bench.url, next, agent);
          const isTold = status < 400 || next.method === 'HEAD' || type.startsWith('application/problem+json');
          if (status >= 500 || !isTold) wrong.push(`${status} ${type} ${JSON.stringify(next)}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      expect(wrong).toEqual([]);
      await sendGarbage(bench.url, dice);
      // One of them may have paused the queue.
      expect((await bench.ask('/v1/queue/resume', { method: 'POST' })).status).toBe(200);
      expect(await (await bench.ask('/readyz')).json()).toEqual({ status: 'ok' });
      expect(await bench.deployment.run(shell('true'))).toMatchObject({ success: true });
    } finally {
      agent.destroy();
      await bench.close();
    }
  });
});

interface Told {
  readonly status: number;
  readonly type: string;
}

function send(url: string, { method, path, headers, body }: RawRequest, agent: Agent): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sized = body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) };
    const asked = httpRequest(`${url}${path}`, { method, headers: sized, agent }, (response) => {
      const type = response.headers['content-type'] ?? '';
      const told = { status: response.statusCode ?? 0, type };
      // These go on for ever.
      if (type.startsWith('text/event-stream')) response.destroy();
      response.on('error', () => undefined).resume();
      response.once('close', () => resolve(told));
    });
    asked.once('error', reject).end(body);
  });
}

/** What is no HTTP at all, or only begins like it. */
async function sendGarbage(url: string, dice: (below: number) => number): Promise<void> {
  const { port } = new URL(url);
  const starts = [
    '',
    'GET / HTTP/1.1\r\n',
    'POST /v1/executions HTTP/1.1\r\ncontent-length: -1\r\n\r\n',
    'GET /\0 HTTP/9\r\n\r\n',
  ];
  for (let n = 0; n < 50; n++) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    const bytes = Buffer.from(Array.from({ length: dice(300) }, () => dice(256)));
    socket.write(starts[n % starts.length] ?? '');
    socket.end(bytes);
    await new Promise((resolve) => socket.resume().once('close', resolve));
  }
}
