import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { readEvents } from '../http/read-events.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { shell } from './open-test-agent.ts';
import { scriptedParts } from './scripted-parts.ts';
import type { Script } from './scripted-runtime.ts';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

// The test runner would count an error that is meant to reach the process as its own.
const kinds = ['uncaughtException', 'unhandledRejection'] as const;
function takeHandlersAway(): () => void {
  const taken = kinds.map((kind) => [kind, process.rawListeners(kind)] as const);
  for (const [kind] of taken) process.removeAllListeners(kind);
  return () => {
    for (const [kind, listeners] of taken)
      for (const listener of listeners)
        process.on(kind, (...args: unknown[]) => Reflect.apply(listener, process, args));
  };
}

describeWith('redis', 'an agent', () => {
  let bench: HttpBench | undefined;
  const open = async (script: Script = {}) => {
    bench = await openHttpBench({}, scriptedParts(script));
    return bench;
  };
  afterEach(async () => {
    await bench?.close();
    bench = undefined;
  });

  test('foreign messages: end neither the agent nor a stream of events', async () => {
    const { deployment, ask } = await open();
    const { redis, config } = deployment;
    const left = new AbortController();
    const events = readEvents(await ask('/v1/events', { signal: left.signal }));
    const odd = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom(nested(600), '{"cancel":1}', '{}'));
    const texts = ['hello', '', 'null', nested(100_000), ...fc.sample(odd, 300)];
    const channels = [config.requestChannel, config.controlChannel, config.eventsChannel];
    for (const text of texts) {
      for (const channel of channels) await redis.publish(channel, text);
      await redis.xadd(config.requestChannel, '*', 'request', text);
    }
    await expect(deployment.run(shell('true'))).resolves.toMatchObject({ success: true });
    expect((await events.next()).value).toMatchObject({ event: 'state' });
    left.abort();
    expect(await (await ask('/metrics')).text()).toContain('exec_agent_faults_total 0');
  });

  describe('an error that no code handles', () => {
    let giveBack: () => void;
    beforeEach(() => {
      giveBack = takeHandlersAway();
    });
    afterEach(() => giveBack());

    test.each([
      [
        'thrown in a timer',
        () =>
          void setTimeout(() => {
            throw new Error('oops');
          }),
      ],
      ['rejected in a promise', () => void Promise.reject(new Error('oops'))],
    ])('%s: fails its execution with INTERNAL, is counted, and the agent continues', async (_, fault) => {
      let faults = 0;
      const onStart = () => {
        if (faults++ === 0) fault();
      };
      const { deployment, ask } = await open({
        runsUntilStopped: true,
        output: [{ stream: 'stdout', text: 'hi\n' }],
        onStart,
      });
      const failed = await deployment.run(shell('true'));
      expect(failed).toMatchObject({ success: false, error_code: 'INTERNAL', result: { output: 'hi\n' } });
      expect(failed.error).toContain('oops');
      expect(await (await ask('/metrics')).text()).toContain('exec_agent_faults_total 1');
      const id = randomUUID();
      await deployment.publish({ ...shell('true'), correlation_id: id });
      await becomesTrue(() => faults === 2, 10_000);
      await deployment.redis.publish(deployment.config.controlChannel, JSON.stringify({ cancel: id }));
      expect(await deployment.answerTo(id)).toMatchObject({ error_code: 'CANCELED' });
    });
  });
});
