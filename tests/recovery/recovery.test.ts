import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queueKeys } from '../../src/queue/keys.ts';
import { readRecord } from '../../src/queue/records/read-record.ts';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import type { AgentProcess } from '../agent/agent-process.ts';
import { shell } from '../agent/open-test-agent.ts';
import { isWaiting } from '../parts/is-waiting.ts';
import { ociWaits } from '../parts/oci-waits.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { leaveMark, untilReleased } from '../parts/run/mark-runs.ts';
import { answerData } from '../services/answer-data.ts';
import { type CrashPoint, crashPoints } from './crash-points.ts';
import { openRecoveryBench, type RecoveryBench, type RecoveryDeployment } from './open-recovery-bench.ts';

const inTime = 30_000;
/** The next agent of a home waits for none; one on a busy machine keeps its own. */
const leaseSeconds = 20;
const output = { expected_files: ['r'] };

/** Leaves its mark, runs for a while, says and writes something before and after that, and reads its standard input. */
const marked = (seconds: number, more: object = {}) => {
  const script = `${leaveMark} echo begun; echo r > /workspace/output/r; sleep ${seconds}; cat; echo ended`;
  return shell(script, { output, ...more }, 'sent\n');
};

describeWith(['redis', 'docker', 'oci'], 'an agent that is killed', () => {
  let bench: RecoveryBench;

  beforeAll(async () => {
    bench = await openRecoveryBench();
  });
  afterAll(() => bench.close());

  /** Its container ran once and all it did came back, once, on every way. */
  async function expectOneWholeAnswer(deployment: RecoveryDeployment, correlationId: string): Promise<void> {
    const answer = await deployment.answerTo(correlationId);
    const marks = await bench.marks.marksOf(answer.execution_id);
    expect(marks).toHaveLength(1);
    expect(answer).toMatchObject({
      success: true,
      result: { output: `mark ${marks[0]}\nbegun\nsent\nended\n`, output_files: [{ name: 'r', content: 'r\n' }] },
    });
    expect(deployment.answers.filter(({ correlation_id: id }) => id === correlationId)).toEqual([answer]);
    expect(await deployment.keptAnswers(correlationId)).toEqual([answer]);
    expect(await deployment.leftovers()).toEqual([]);
  }

  const firstStep = `${leaveMark} echo one; echo r > /workspace/output/r; exit 3`;
  const secondStep = `${leaveMark} ${untilReleased} cat /workspace/output/r; echo two`;

  /** Its steps ran once each, in order, and nothing of them is lost. */
  async function expectBothSteps(deployment: RecoveryDeployment, correlationId: string): Promise<ExecutionResponse> {
    const response = await deployment.answerTo(correlationId);
    const [first, second, ...more] = await bench.marks.marksOf(response.execution_id);
    expect(more).toEqual([]);
    const outputs = [`mark ${first}\none\n`, `mark ${second}\nr\ntwo\n`];
    const [end, whole] = [outputs[0]?.length, outputs.join('').length];
    expect(response).toMatchObject({
      success: true,
      result: {
        exit_code: 0,
        output: outputs.join(''),
        steps: [
          { exit_code: 3, error_code: 'EXIT_NONZERO', ignored: true, output_range: { from: 0, to: end } },
          { exit_code: 0, output_range: { from: end, to: whole } },
        ],
      },
    });
    expect(response.result?.metadata.warnings).toBeUndefined();
    const times = response.result?.steps?.flatMap((step) => [step.started_at, step.finished_at]) ?? [];
    expect(times).toEqual([...times].sort());
    expect(await deployment.keptAnswers(correlationId)).toEqual([response]);
    expect(await deployment.leftovers()).toEqual([]);
    return response;
  }

  /** Kills the agent in the second step, whose next one has all of the first. Returns the next one and the first step. */
  async function killInSecondStep(deployment: RecoveryDeployment, agent: AgentProcess) {
    const { redis, config } = deployment;
    const id = await deployment.sendSteps([firstStep, secondStep], { output });
    const executionId = await deployment.executionOf(id);
    await deployment.untilMarked(executionId, 2);
    agent.kill('SIGKILL');
    await agent.ended;
    const record = await readRecord(redis, queueKeys(config.keyPrefix).execution(executionId));
    const [first, ...more] = record?.state === 'running' ? record.steps : [];
    if (first === undefined) throw new Error('the first step is not on record');
    expect([first, ...more]).toMatchObject([{ exit: { code: 3 }, ignored: true }]);
    await bench.marks.release(executionId);
    const next = await deployment.open();
    const response = await expectBothSteps(deployment, id);
    expect(response.result?.steps?.[0]).toMatchObject({
      started_at: new Date(first.startedAt).toISOString(),
      finished_at: new Date(first.finishedAt).toISOString(),
    });
    return { next, first };
  }

  describe.concurrent.each([
    'docker',
    'oci',
  ] as const)('on %s, with a container that waited for its command', (runtime) => {
    let deployment: RecoveryDeployment;

    beforeAll(async () => {
      deployment = await bench.open({ runtime, leaseSeconds });
    });
    afterAll(() => deployment.close());

    /** Once a container waits for its command. */
    async function startWithWaiting(crashAt?: CrashPoint): Promise<AgentProcess> {
      const agent = await deployment.start({ warmContainers: 1 }, crashAt);
      for (let run = 0; run < 2; run += 1) await deployment.answerTo(await deployment.send(marked(0)));
      const oneWaits = async () =>
        runtime === 'oci' ? ociWaits(deployment.config.dataDir) : (await deployment.containers()).some(isWaiting);
      expect(await becomesTrue(oneWaits, inTime)).toBe(true);
      return agent;
    }

    test.sequential('during the second step leaves the first, which ran in it, to the next one', async () => {
      const { next, first } = await killInSecondStep(deployment, await startWithWaiting());
      expect(first.container).toMatchObject({ waited: true });
      await next.stop();
    });

    test.sequential.each([
      'after the container was created, before that was recorded',
      'after the container was recorded, before its start',
      'right after the start',
      'after the exit, before collecting',
    ] as const)('%s leaves it to the next one', async (crashAt) => {
      const agent = await startWithWaiting(crashAt);
      const id = await deployment.send(marked(0.5));
      expect(await agent.ended).toBe('SIGKILL');
      const next = await deployment.open();
      await expectOneWholeAnswer(deployment, id);
      await next.stop();
    });
  });

  describe.concurrent.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    let deployment: RecoveryDeployment;

    beforeAll(async () => {
      deployment = await bench.open({ runtime, leaseSeconds });
    });
    afterAll(() => deployment.close());

    async function expectNextAgentToFinish(correlationId: string): Promise<void> {
      const next = await deployment.open();
      await expectOneWholeAnswer(deployment, correlationId);
      await next.stop();
    }

    test.sequential.each(crashPoints)('%s leaves it to the next one', async (crashAt) => {
      const agent = await deployment.start({}, crashAt);
      const id = await deployment.send(marked(0.1));
      expect(await agent.ended).toBe('SIGKILL');
      await expectNextAgentToFinish(id);
    });

    test.sequential('before it took the request leaves it to the next one', async () => {
      const { redis, config } = deployment;
      const keys = queueKeys(config.keyPrefix);
      await redis.set(keys.paused, '1');
      const agent = await deployment.start();
      const id = await deployment.send(marked(0.1));
      const isQueued = async () =>
        (await redis.zcard(keys.index('state:queued'))) === 1 && (await redis.xlen(config.requestChannel)) === 0;
      expect(await becomesTrue(isQueued, inTime)).toBe(true);
      agent.kill('SIGKILL');
      await agent.ended;
      await redis.del(keys.paused);
      await expectNextAgentToFinish(id);
    });

    test.sequential('leaves services and what was spent of them to the next one', async () => {
      const { redis, config } = deployment;
      const channels = { requestChannel: `${randomUUID()}-requests`, responseChannel: `${randomUUID()}-responses` };
      const data = await answerData(channels.requestChannel, channels.responseChannel);
      const settings = { networksReady: 0, services: { data: { kind: 'redis', ...channels } } } as const;
      const agent = await deployment.start(settings);
      const ask = "wget -q -O - --post-data='{}' http://host.docker.internal:9000/data/query 2>&1";
      const script = `${ask}; echo; ${untilReleased} until ${ask} | grep success; do sleep 0.1; done; ${ask}; true`;
      const budget = { service_access: ['data'], service_budget: { data: { calls: 2 } } };
      const id = await deployment.send(shell(script, budget));
      const executionId = await deployment.executionOf(id);
      const key = queueKeys(config.keyPrefix).execution(executionId);
      const isNoted = async () => (await redis.hget(key, 'progress'))?.includes('"calls":1') === true;
      expect(await becomesTrue(isNoted, inTime)).toBe(true);
      agent.kill('SIGKILL');
      await agent.ended;
      await bench.marks.release(executionId);
      const next = await deployment.open(settings);
      const answer = await deployment.answerTo(id);
      const reply = '{"correlation_id":"[^"]*","success":true,"result":{}}';
      expect(answer.result?.output).toMatch(new RegExp(`^${reply}\\n(.*\\n)*${reply}\\n.*429 `));
      expect(answer.result?.metadata.services?.data?.calls).toBe(2);
      expect(answer.result?.metadata.warnings).toBeUndefined();
      expect(data.heard()).toBe(2);
      expect(await deployment.leftovers()).toEqual([]);
      data.disconnect();
      await next.stop();
    });

    test.sequential('during the second step leaves exit, times and output of the first to the next one', async () => {
      const { next } = await killInSecondStep(deployment, await deployment.start());
      await next.stop();
    });

    test.sequential('when the first step has ended, before that was recorded, leaves both steps to the next one', async () => {
      const agent = await deployment.start({}, 'after the exit, before collecting');
      const id = await deployment.sendSteps([firstStep, secondStep], { output });
      await bench.marks.release(await deployment.executionOf(id));
      expect(await agent.ended).toBe('SIGKILL');
      const died = Date.now();
      const next = await deployment.open();
      const { result } = await expectBothSteps(deployment, id);
      // Its end is not the moment in which the next agent found it.
      expect(Date.parse(result?.steps?.[0]?.finished_at ?? '')).toBeLessThanOrEqual(died);
      await next.stop();
    });

    test.sequential('while the container runs leaves it to the next one, which returns also what was written before', async () => {
      const agent = await deployment.start();
      const id = await deployment.send(marked(2));
      await deployment.untilMarked(await deployment.executionOf(id), 1);
      agent.kill('SIGKILL');
      await agent.ended;
      await expectNextAgentToFinish(id);
    });
  });
});
