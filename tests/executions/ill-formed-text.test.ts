import { afterAll, beforeAll, expect, test } from 'vitest';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const half = '\ud800';
const inTime = 30_000;

const requests: readonly { readonly field: string; readonly request: object }[] = [
  { field: 'correlation_id', request: shell('true', { correlation_id: half }) },
  { field: 'name', request: shell('true', { name: `a${half}` }) },
  { field: 'tags.a', request: shell('true', { tags: { a: half } }) },
  { field: 'tags.\\ud800', request: shell('true', { tags: { [half]: 'a' } }) },
  { field: 'container.command[1]', request: { container: { image: 'alpine', command: ['echo', half] } } },
  { field: 'container.image', request: { container: { image: half } } },
  { field: 'environment.A', request: shell('true', { environment: { A: half } }) },
  { field: 'input.files[0].content', request: shell('true', { input: { files: [{ name: 'f', content: half }] } }) },
  {
    field: 'input.graph_data.nodes[0].p',
    request: shell('true', { input: { graph_data: { nodes: [{ p: half }], relationships: [] } } }),
  },
  { field: 'unknown', request: shell('true', { unknown: half }) },
];

describeWith('redis', 'text that is not well-formed Unicode', () => {
  let bench: HttpBench;
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts());
  });
  afterAll(() => bench.close());

  for (const { field, request } of requests) {
    test(`${field}: is refused over pub/sub, the stream and HTTP, naming the field`, async () => {
      const { deployment } = bench;
      const { redis, config, answers } = deployment;
      const refused = `${field}: is not well-formed Unicode text`;
      const count = () => answers.filter(({ error = '' }) => error.startsWith(refused)).length;
      await deployment.publish(request);
      expect(await becomesTrue(() => count() === 1, inTime)).toBe(true);
      await redis.xadd(config.requestChannel, '*', 'request', JSON.stringify(request));
      expect(await becomesTrue(() => count() === 2, inTime)).toBe(true);
      const response = await bench.ask('/v1/executions', { method: 'POST', body: request });
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining(JSON.stringify(refused).slice(1, -1)),
      ]);
      expect(answers.at(-1)).toMatchObject({ error_code: 'INVALID_REQUEST' });
    });
  }

  test('a channel for the response: the refusal goes to the common channel', async () => {
    const { deployment } = bench;
    await deployment.publish(
      shell('true', { correlation_id: 'reply', reply_to: `${deployment.config.responseChannel}:${half}` }),
    );
    expect(await deployment.answerTo('reply')).toMatchObject({ error_code: 'INVALID_REQUEST' });
  });

  test('a control message: is ignored, and the next one is handled', async () => {
    const { deployment } = bench;
    await deployment.redis.publish(deployment.config.controlChannel, JSON.stringify({ cancel: half }));
    expect(await deployment.run(shell('true'))).toMatchObject({ success: true });
  });

  test('an id in a URL: is not found or refused, and nothing else', async () => {
    for (const id of ['%ED%A0%80', '%ff', '\\ud800'])
      expect([400, 404]).toContain((await bench.ask(`/v1/executions/${id}`)).status);
    for (const query of ['name=%ED%A0%80', 'tag=%ff=%ff', 'image=%ED%A0%80'])
      expect((await bench.ask(`/v1/executions?${query}`)).status).toBe(200);
  });

  test('a call that Redis refuses for good: is answered INTERNAL over the stream, and acknowledged', async () => {
    const { redis, config, answers } = bench.deployment;
    const correlation = 'x'.repeat(10);
    // Something else sits where the script wants to write.
    await redis.set(`{${config.keyPrefix}}:index:state:queued`, 'not an index');
    await redis.xadd(
      config.requestChannel,
      '*',
      'request',
      JSON.stringify(shell('true', { correlation_id: correlation })),
    );
    const isAnswered = () => answers.some(({ correlation_id: id }) => id === correlation);
    expect(await becomesTrue(isAnswered, inTime)).toBe(true);
    expect(answers.at(-1)).toMatchObject({ error_code: 'INTERNAL' });
    expect(executionResponseSchema.safeParse(answers.at(-1)).success).toBe(true);
    expect(await becomesTrue(async () => (await redis.xlen(config.requestChannel)) === 0, inTime)).toBe(true);
    await redis.del(`{${config.keyPrefix}}:index:state:queued`);
  });
});
