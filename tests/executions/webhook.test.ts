import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openDeployment, shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const webhookSecret = 'a secret of the tests';
const patienceMs = 30_000;

describeWith('redis', 'the webhook', () => {
  test('is called once at an end by one of several agents, signed, and again after it has failed', async () => {
    const told: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
    const server = createServer(async (asked, response) => {
      told.push({ headers: asked.headers, body: await text(asked) });
      response.writeHead(told.length === 1 ? 503 : 204).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const settings = { webhookUrl: `http://127.0.0.1:${port}/hook`, webhookSecret, webhookHosts: ['127.0.0.1'] };
    const deployment = await openDeployment(settings, {}, { partsOf: scriptedParts() });
    try {
      await deployment.open();
      await deployment.open();
      const { execution_id: id } = await deployment.run(shell('true'));
      expect(await becomesTrue(() => told.length >= 2, patienceMs)).toBe(true);
      await deployment.run(shell('true'));
      expect(await becomesTrue(() => told.length >= 3, patienceMs)).toBe(true);
      expect(told.map(({ headers }) => headers['exec-agent-delivery'] === id)).toEqual([true, true, false]);
      const { headers, body } = told[1] ?? expect.fail('it was not called twice');
      expect(JSON.parse(body)).toMatchObject({ execution_id: id, state: 'finished', code: 'OK' });
      const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['exec-agent-signature'])) ?? [];
      expect(signature).toBe(createHmac('sha256', webhookSecret).update(`${time}.${body}`).digest('hex'));
    } finally {
      await deployment.close();
      server.close();
    }
  });

  test('is not called where its address is not allowed, and no agent starts without a secret', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const webhookUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    const deployment = await openDeployment({ webhookUrl, webhookSecret }, {}, { partsOf: scriptedParts() });
    try {
      await deployment.open();
      await deployment.run(shell('true'));
      await expect(deployment.open({ webhookSecret: undefined })).rejects.toThrow('EXEC_WEBHOOK_SECRET');
    } finally {
      await deployment.close();
      server.close();
    }
    expect(asked).toBe(0);
  });
});
