import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { readRecord } from '../../src/queue/records/read-record.ts';
import { shell } from '../agent/open-test-agent.ts';
import { describeWith } from '../parts/require-part.ts';
import { leaveMark } from '../parts/run/mark-runs.ts';
import { openRecoveryBench, type RecoveryBench } from './open-recovery-bench.ts';

describeWith(['redis', 'docker', 'oci'], 'an execution whose agent is gone', () => {
  let bench: RecoveryBench;

  beforeAll(async () => {
    bench = await openRecoveryBench();
  });
  afterAll(() => bench.close());

  async function open({ onTestFinished }: TestContext, settings: Partial<Config>) {
    const deployment = await bench.open(settings);
    const elsewhere = await mkdtemp(join(tmpdir(), 'other-home-'));
    onTestFinished(async () => {
      await deployment.close();
      await rm(elsewhere, { recursive: true, force: true });
    });
    /** Sends a request that sleeps, and waits until its container runs. */
    const sendAndAwaitRun = async (seconds: number, more: object = {}) => {
      const id = await deployment.send(
        shell(`${leaveMark} echo begun; sleep ${seconds}; cat; echo ended`, more, 'sent\n'),
      );
      const executionId = await deployment.executionOf(id);
      await deployment.untilMarked(executionId, 1);
      return { id, executionId };
    };
    return {
      deployment,
      elsewhere,
      sendAndAwaitRun,
      /** The same, and its agent has been killed since. */
      async leaveRunning(seconds: number, more: object = {}) {
        const agent = await deployment.start();
        const sent = await sendAndAwaitRun(seconds, more);
        agent.kill('SIGKILL');
        await agent.ended;
        return sent;
      },
      async recordOf(executionId: string) {
        const { redis, config } = deployment;
        return readRecord(redis, queueKeys(config.keyPrefix).execution(executionId));
      },
    };
  }

  describe.concurrent('on docker', () => {
    test.sequential('is not touched by an agent on the same data directory that has another runtime', async (context) => {
      const { deployment, leaveRunning, recordOf } = await open(context, { runtime: 'docker', leaseSeconds: 30 });
      const { id, executionId } = await leaveRunning(1);
      await deployment.open({ runtime: 'oci' });
      expect(await recordOf(executionId)).toMatchObject({ state: 'running' });
      await deployment.open();
      expect(await deployment.answerTo(id)).toMatchObject({ success: true });
    });

    test.sequential('is followed by a second agent of the same home once the lease is over', async (context) => {
      const { deployment, sendAndAwaitRun } = await open(context, { runtime: 'docker' });
      const agent = await deployment.start();
      const { id, executionId } = await sendAndAwaitRun(2);
      await deployment.open();
      agent.kill('SIGKILL');
      expect(await deployment.answerTo(id)).toMatchObject({ success: true, result: { metadata: { attempt: 1 } } });
      expect(await bench.marks.marksOf(executionId)).toHaveLength(1);
      expect(await deployment.leftovers()).toEqual([]);
    });

    test.sequential('is left to the second agent by one that stood still for longer than its lease', async (context) => {
      const { deployment, sendAndAwaitRun } = await open(context, { runtime: 'docker' });
      const agent = await deployment.start();
      const { id, executionId } = await sendAndAwaitRun(1);
      agent.kill('SIGSTOP');
      const second = await deployment.open();
      const answer = await deployment.answerTo(id);
      expect(answer).toMatchObject({ success: true, result: { metadata: { agent: second.id } } });
      agent.kill('SIGCONT');
      await second.stop();
      // It goes on with the next one, and has nothing more to say about the one it lost.
      expect(await deployment.run(shell('echo hi'))).toMatchObject({ success: true });
      agent.kill('SIGTERM');
      expect(await agent.ended).toBe(0);
      expect(await deployment.keptAnswers(id)).toEqual([answer]);
      expect(await bench.marks.marksOf(executionId)).toHaveLength(1);
      expect(await deployment.leftovers()).toEqual([]);
    });

    test.sequential('goes on while agents of other homes clean up on the same engine', async (context) => {
      const { deployment, elsewhere, sendAndAwaitRun } = await open(context, { runtime: 'docker', leaseSeconds: 1 });
      await deployment.open();
      const { id } = await sendAndAwaitRun(1.5);
      const other = await deployment.open({ dataDir: elsewhere });
      const answer = await deployment.answerTo(id);
      expect(answer).toMatchObject({ success: true });
      expect(answer.result?.metadata.agent).not.toBe(other.id);
    });

    test.sequential('can still be canceled when another one follows it', async (context) => {
      const { deployment, leaveRunning, recordOf } = await open(context, { runtime: 'docker', stopGrace: 0 });
      const { id, executionId } = await leaveRunning(600);
      const next = await deployment.open();
      const { redis, config } = deployment;
      expect(await recordOf(executionId)).toMatchObject({ attempt: { agent: next.id } });
      await redis.publish(config.controlChannel, JSON.stringify({ cancel: id }));
      expect(await deployment.answerTo(id)).toMatchObject({
        success: false,
        error_code: 'CANCELED',
        result: { output: expect.stringContaining('begun\n') },
      });
      expect(await deployment.leftovers()).toEqual([]);
    });
  });

  describe.concurrent('on oci', () => {
    test.sequential('is marked as lost by an agent of another home once the lease is over', async (context) => {
      const { deployment, elsewhere, leaveRunning } = await open(context, { runtime: 'oci' });
      const { id, executionId } = await leaveRunning(600);
      const other = await deployment.open({ dataDir: elsewhere });
      expect(await deployment.answerTo(id)).toMatchObject({ success: false, error_code: 'AGENT_LOST' });
      await other.stop();
      // The container that nobody wants any more is removed by the next agent of its home.
      const next = await deployment.open();
      expect(await deployment.leftovers()).toEqual([]);
      await next.stop();
      expect(await deployment.keptAnswers(id)).toHaveLength(1);
      expect(await bench.marks.marksOf(executionId)).toHaveLength(1);
    });

    test.sequential('runs once more elsewhere where the request allows it', async (context) => {
      const { deployment, elsewhere, leaveRunning } = await open(context, { runtime: 'oci' });
      const { id, executionId } = await leaveRunning(2, { retry: { attempts: 2 } });
      const other = await deployment.open({ dataDir: elsewhere });
      const answer = await deployment.answerTo(id);
      const marks = await bench.marks.marksOf(executionId);
      expect(marks).toHaveLength(2);
      expect(answer).toMatchObject({ success: true, result: { metadata: { attempt: 2 } } });
      expect(answer.result?.output).toBe(`mark ${marks[1]}\nbegun\nsent\nended\n`);
      await other.stop();
      const next = await deployment.open();
      expect(await deployment.leftovers()).toEqual([]);
      await next.stop();
      expect(await deployment.keptAnswers(id)).toEqual([answer]);
    });

    test.sequential('of an agent that stops at once continues, and the next agent follows it', async (context) => {
      const { deployment, sendAndAwaitRun } = await open(context, { runtime: 'oci', drainSeconds: 0 });
      const agent = await deployment.start();
      const { id, executionId } = await sendAndAwaitRun(1);
      agent.kill('SIGTERM');
      expect(await agent.ended).toBe(0);
      expect(deployment.answers).toEqual([]);
      await deployment.open();
      const answer = await deployment.answerTo(id);
      const marks = await bench.marks.marksOf(executionId);
      expect(marks).toHaveLength(1);
      expect(answer).toMatchObject({ success: true, result: { output: `mark ${marks[0]}\nbegun\nsent\nended\n` } });
      expect(await deployment.leftovers()).toEqual([]);
    });

    test.sequential('keeps the deadline that was set when its container started', async (context) => {
      const { deployment, sendAndAwaitRun, recordOf } = await open(context, { runtime: 'oci', stopGrace: 0 });
      const agent = await deployment.start();
      const { id, executionId } = await sendAndAwaitRun(600, { timeout: 3 });
      const before = await recordOf(executionId);
      agent.kill('SIGKILL');
      await agent.ended;
      const next = await deployment.open();
      const after = await recordOf(executionId);
      if (before?.state !== 'running' || after?.state !== 'running') throw new Error('it does not run');
      expect(after.attempt.agent).toBe(next.id);
      expect(after.deadline).toBe(before.deadline);
      const answer = await deployment.answerTo(id);
      expect(answer).toMatchObject({ error_code: 'TIMEOUT', result: { output: expect.stringContaining('begun\n') } });
      expect(await deployment.leftovers()).toEqual([]);
    });

    test.sequential('fails when it brought down its agent each time before it started', async (context) => {
      const { deployment } = await open(context, { runtime: 'oci' });
      const id = await deployment.send(shell('echo never'));
      const attempts = 3;
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const agent = await deployment.start({}, 'after the sandbox was recorded');
        expect(await agent.ended).toBe('SIGKILL');
      }
      await deployment.open();
      expect(await deployment.answerTo(id)).toMatchObject({ success: false, error_code: 'AGENT_LOST' });
      expect(await deployment.leftovers()).toEqual([]);
    });

    test.sequential('is queued by another one when it had been read from the stream and no more', async (context) => {
      const { deployment } = await open(context, { runtime: 'oci' });
      const { redis, config } = deployment;
      await redis.xgroup('CREATE', config.requestChannel, 'exec-agents', '0', 'MKSTREAM');
      const id = await deployment.send(shell('echo hi'));
      await redis.xreadgroup('GROUP', 'exec-agents', 'vanished', 'COUNT', 1, 'STREAMS', config.requestChannel, '>');
      await deployment.open();
      expect(await deployment.answerTo(id)).toMatchObject({ success: true });
    });
  });
});
