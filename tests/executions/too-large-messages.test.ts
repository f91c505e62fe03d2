import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';

const inTime = 30_000;
const messageBytes = 1024 ** 2;

describeWith('redis', 'messages over Redis that are larger than the limit', () => {
  let bench: HttpBench;

  beforeAll(async () => {
    bench = await openHttpBench({ messageBytes }, scriptedParts());
  });
  afterAll(() => bench.close());

  // The agent is in this process: what it decodes as a whole is seen.
  const watchDecoding = () => vi.spyOn(Buffer.prototype, 'toString');
  let decode: ReturnType<typeof watchDecoding>;
  beforeEach(() => {
    decode = watchDecoding();
  });
  afterEach(() => {
    const { calls, contexts } = decode.mock;
    const lengths = contexts.filter((_, call) => (calls[call]?.length ?? 0) < 2).map(({ length }) => length);
    decode.mockRestore();
    expect(Math.max(...lengths)).toBeLessThanOrEqual(messageBytes);
  });

  /** A request of so many bytes. */
  const requestOf = (bytes: number) => {
    const start = JSON.stringify(shell('true', { name: 'x' })).replace(/\}$/, ',"pad":"');
    const left = bytes - Buffer.byteLength(start) - 2;
    return `${start}${'é'.repeat(left / 2)}${'x'.repeat(left % 2)}"}`;
  };
  const send = {
    'pub/sub': (text: string) => bench.deployment.redis.publish(bench.deployment.config.requestChannel, text),
    stream: (text: string) => bench.deployment.redis.xadd(bench.deployment.config.requestChannel, '*', 'request', text),
  };

  test.each([
    'pub/sub',
    'stream',
  ] as const)('%s: each gets one refusal, and one of just that size runs', async (way) => {
    const { answers } = bench.deployment;
    const before = answers.length;
    const sizes = [messageBytes, messageBytes + 1, 5 * messageBytes, 5 * messageBytes + 1];
    for (const size of sizes) await send[way](requestOf(size));
    expect(await becomesTrue(() => answers.length >= before + sizes.length, inTime)).toBe(true);
    const got = answers.slice(before);
    expect(got.filter(({ success }) => success)).toHaveLength(1);
    const refused = got.filter(({ success }) => !success);
    for (const { error_code, error, correlation_id } of refused) {
      expect({ error_code, correlation_id }).toEqual({ error_code: 'INVALID_REQUEST', correlation_id: null });
      expect(error).toMatch(/^The message has (1|5) MiB, at most 1 MiB are allowed\. Put large inputs/);
    }
    expect(refused).toHaveLength(3);
  });

  test('control and events: are ignored, and the next are heard', async () => {
    const { redis, config, answers, publish } = bench.deployment;
    const long = 'é'.repeat(messageBytes);
    await redis.publish(config.controlChannel, JSON.stringify({ cancel: long }));
    await redis.xadd(config.controlChannel, '*', 'control', JSON.stringify({ cancel: long }));
    await redis.publish(config.eventsChannel, JSON.stringify({ execution_id: long }));
    const before = answers.length;
    await publish(shell('true', { correlation_id: 'after the long ones' }));
    expect(await becomesTrue(() => answers.length > before, inTime)).toBe(true);
    expect(answers[before]).toMatchObject({ success: true, correlation_id: 'after the long ones' });
    // Nothing is left to be tried again.
    expect(await becomesTrue(async () => (await redis.xlen(config.controlChannel)) === 0, inTime)).toBe(true);
  });
});
