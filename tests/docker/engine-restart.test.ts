import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Agent } from '../../src/agent/agent-types.ts';
import { acceptsConnections } from '../../src/runtimes/docker/engine/accepts-connections.ts';
import { endForgotten } from '../../src/runtimes/docker/recovery/end-forgotten.ts';
import { findProcesses } from '../../src/runtimes/docker/recovery/find-processes.ts';
import { shell } from '../agent/open-test-agent.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { leaveMark } from '../parts/run/mark-runs.ts';
import { openRecoveryBench, type RecoveryBench, type RecoveryDeployment } from '../recovery/open-recovery-bench.ts';

const inTime = 30_000;
const marked = (script: string, more: object = {}) => shell(`${leaveMark} echo begun; ${script}; echo ended`, more);

describeWith(['redis', 'docker', 'oci'], 'an engine that is stopped and started again', () => {
  let bench: RecoveryBench;
  let deployment: RecoveryDeployment;
  let agent: Agent;

  beforeAll(async () => {
    bench = await openRecoveryBench();
  });
  beforeEach(async () => {
    // The engine is stopped at moments of a start, so each container is started for its request.
    const settings = { leaseSeconds: 30, stopGrace: 1, drainSeconds: 0, warmContainers: 0 };
    deployment = await bench.open({ runtime: 'docker', ...settings });
    agent = await deployment.open();
  });
  afterEach(() => deployment.close());
  afterAll(() => bench.close());

  async function sendAndAwaitRun(request: object): Promise<string> {
    const id = await deployment.send(request);
    await deployment.untilMarked(await deployment.executionOf(id), 1);
    return id;
  }

  async function containerOf(id: string) {
    const execution = await deployment.executionOf(id);
    return (await deployment.containers()).find(({ Labels }) => Labels['exec-agent.execution'] === execution);
  }

  /** Until the engine has saved that it runs: before that it would forget it. */
  async function sendAndAwaitStart(request: object): Promise<string> {
    const id = await sendAndAwaitRun(request);
    const isSaved = async () => (await containerOf(id))?.Status !== 'Created';
    expect(await becomesTrue(isSaved, inTime)).toBe(true);
    return id;
  }

  /** The one answer, and the one mark of the one container that ran for it. */
  async function answerAndMark(id: string) {
    const answer = await deployment.answerTo(id);
    const marks = await bench.marks.marksOf(answer.execution_id);
    expect(marks).toHaveLength(1);
    expect(await deployment.keptAnswers(id)).toEqual([answer]);
    return { answer, mark: `mark ${marks[0]}\n` };
  }

  test('is waited for by what runs, by what is to be stopped, and by what is sent meanwhile', async () => {
    const runs = await sendAndAwaitStart(marked('sleep 5'));
    const times = await sendAndAwaitStart(marked('sleep 600', { timeout: 3 }));
    const isBack = bench.engine.restart('SIGKILL');
    const comes = await deployment.send(marked('true'));
    await isBack;
    const whole = await answerAndMark(runs);
    expect(whole.answer).toMatchObject({
      success: true,
      result: {
        output: `${whole.mark}begun\nended\n`,
        metadata: { resource_usage: { cpu_seconds: expect.any(Number), memory_peak_bytes: expect.any(Number) } },
      },
    });
    const late = await answerAndMark(times);
    expect(late.answer).toMatchObject({ error_code: 'TIMEOUT', result: { output: `${late.mark}begun\n` } });
    const next = await answerAndMark(comes);
    expect(next.answer).toMatchObject({ success: true, result: { metadata: { attempt: 1 } } });
    expect(await deployment.leftovers()).toEqual([]);
  });

  test('has not run what it was about to start: that begins anew', async () => {
    const hold = await bench.marks.hold('create');
    const id = await deployment.send(marked('true'));
    expect(await becomesTrue(hold.isHeld, inTime)).toBe(true);
    const isBack = bench.engine.restart('SIGKILL');
    await hold.end();
    await isBack;
    expect((await answerAndMark(id)).answer).toMatchObject({ success: true, result: { metadata: { attempt: 1 } } });
    expect(await deployment.leftovers()).toEqual([]);
  });

  test('ends what it was about to start when it is asked to stop: that is no failing command', async () => {
    const hold = await bench.marks.hold('start');
    const id = await sendAndAwaitRun(marked('sleep 600'));
    expect(await becomesTrue(hold.isHeld, inTime)).toBe(true);
    const isBack = bench.engine.restart('SIGTERM');
    const isStopping = async () => !(await acceptsConnections(bench.engine.host, inTime));
    expect(await becomesTrue(isStopping, inTime)).toBe(true);
    await hold.end();
    await isBack;
    const { answer } = await answerAndMark(id);
    expect(answer).toMatchObject({ error_code: 'RUNTIME_UNAVAILABLE', error: expect.stringMatching(/was stopped/) });
    expect(await deployment.leftovers()).toEqual([]);
  });

  test('forgets what it had just started: that is answered, ended, and does not run again', async () => {
    const hold = await bench.marks.hold('start');
    const id = await sendAndAwaitRun(marked('sleep 600'));
    expect(await becomesTrue(hold.isHeld, inTime)).toBe(true);
    const [container] = await bench.engine.api.containers();
    const isBack = bench.engine.restart('SIGKILL');
    await hold.end();
    await isBack;
    const { answer } = await answerAndMark(id);
    expect(answer).toMatchObject({ error_code: 'RUNTIME_UNAVAILABLE', error: expect.stringMatching(/may have run/) });
    expect(await deployment.leftovers()).toEqual([]);
    const isGone = async () => {
      const { inside, shims } = await findProcesses(container?.Id ?? '');
      return inside.length + shims.length === 0;
    };
    expect(await becomesTrue(isGone, inTime)).toBe(true);
  });

  test('makes up an end that no agent was there to see: that is not believed, and one that was kept is', async () => {
    await agent.stop();
    // Soon free for the next one, which runs in the same process.
    const leaseSeconds = 2;
    const first = await deployment.open({ leaseSeconds });
    const ends = async (container: string) => (await findProcesses(container)).inside.length === 0;
    const sent = ['sleep 600', 'sleep 3; exec true', 'sleep 3; exit 255'].map((script) =>
      sendAndAwaitStart(marked(script)),
    );
    const [lost = '', kept = '', failed = ''] = await Promise.all(sent);
    const [forgotten = '', ...others] = await Promise.all(
      [lost, kept, failed].map(async (id) => (await containerOf(id))?.Id ?? ''),
    );
    await first.stop();
    await bench.engine.restart('SIGKILL', async () => {
      await endForgotten(forgotten);
      for (const container of others) expect(await becomesTrue(() => ends(container), inTime)).toBe(true);
    });
    await deployment.open({ leaseSeconds });
    const unknown = await answerAndMark(lost);
    expect(unknown.answer).toMatchObject({
      error_code: 'RUNTIME_UNAVAILABLE',
      error: expect.stringMatching(/lost the exit code/),
      result: { output: `${unknown.mark}begun\n` },
    });
    const whole = await answerAndMark(kept);
    expect(whole.answer).toMatchObject({ success: true, result: { output: `${whole.mark}begun\n` } });
    expect((await answerAndMark(failed)).answer).toMatchObject({
      error_code: 'EXIT_NONZERO',
      error: expect.stringMatching(/255/),
    });
    expect(await deployment.leftovers()).toEqual([]);
  });
});
