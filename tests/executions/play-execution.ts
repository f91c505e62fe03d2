import { expect } from 'vitest';
import type { ExecutionLimits, ExecutionTools, KeepLog } from '../../src/execution/execution-tools.ts';
import { resumeExecution } from '../../src/execution/resume-execution.ts';
import { runExecution } from '../../src/execution/run-execution.ts';
import { settleGraph } from '../../src/outputs/graph/settle-graph.ts';
import type { SecretValue } from '../../src/runtimes/runtime.ts';
import { ExecError } from '../../src/support/exec-error.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import type { ExecutionPlan } from '../../src/wire/plan/plan.ts';
import type { ContainerProgress, Outcome, Progress } from '../../src/wire/record/record.ts';
import { plainText } from '../../src/wire/sentence.ts';
import { createScriptedRuntime, type Script } from '../agent/scripted-runtime.ts';
import { planOf } from './example-plan.ts';

const limits: ExecutionLimits = {
  pullMs: 1000,
  stageMs: 1000,
  collectMs: 1000,
  stopGraceMs: 10,
  logDrainMs: 1000,
  layerBytes: 1024 ** 3,
  layerFiles: 1000,
  layerCheckMs: { longest: 1000, shortest: 100 },
  answerBytes: 8 * 1024 ** 2,
  logKeepBytes: 100,
  logBytes: 1000,
  logLines: 100,
  logOverflow: 'stop',
  outputBytes: 1000,
  outputFiles: 10,
  outputDepth: 10,
  outputCheckMs: { longest: 10, shortest: 1 },
};

export interface Trial {
  readonly script?: Script;
  readonly plan?: Partial<ExecutionPlan>;
  readonly limits?: Partial<ExecutionLimits>;
  readonly signal?: AbortSignal;
  readonly detach?: AbortSignal;
  readonly resume?: ContainerProgress;
  /** It may not wait for its runtime any more. */
  readonly putBackOften?: boolean;
  /** Another attempt has taken over when the outcome is to be recorded. */
  readonly tooLate?: boolean;
  readonly secrets?: readonly SecretValue[];
  readonly onKeep?: (progress: Progress) => void;
  readonly keepLog?: KeepLog;
  readonly removeEarlier?: () => Promise<void>;
}

/** Nothing was started. */
export const runtimeAway = new ExecError('RUNTIME_UNAVAILABLE', 'the engine is away', {
  context: { runtimeAway: true },
});

const never = new AbortController().signal;

/** The journey of an execution on a scripted runtime, with all that it recorded and did. */
export async function playExecution(trial: Trial) {
  const runtime = createScriptedRuntime(trial.script);
  const plan = planOf({ timeoutSeconds: 5, ...trial.plan });
  const kept: Progress[] = [];
  const outcomes: Outcome[] = [];
  const putBacks: string[] = [];
  let callsWhenAnswered: readonly string[] = [];
  const job = { plan, fence: 7, queuedMs: 3, signal: trial.signal ?? never, detach: trial.detach ?? never };
  const tools: ExecutionTools = {
    runtime,
    services: { open: () => expect.unreachable('no service was granted') },
    deployment: 'd',
    limits: { ...limits, ...trial.limits },
    clock: systemClock,
    logger: createSilentLogger(),
    observe: () => undefined,
    describe: (_plan, sentence) => plainText(sentence),
    judgeImage: async () => ({ warnings: [] }),
    readSecrets: async () => trial.secrets ?? [],
    settleGraph: async (order) => settleGraph(order),
    ...(trial.keepLog === undefined ? {} : { keepLog: trial.keepLog }),
    ...(trial.removeEarlier === undefined ? {} : { removeEarlier: trial.removeEarlier }),
    journal: {
      async keep(progress) {
        kept.push(progress);
        trial.onKeep?.(progress);
      },
      putBack(_failure, reason) {
        putBacks.push(reason);
        return trial.putBackOften !== true;
      },
      async finish(outcome) {
        outcomes.push(outcome);
        callsWhenAnswered = [...runtime.calls];
        return trial.tooLate !== true;
      },
    },
  };
  const ended =
    trial.resume === undefined ? await runExecution(job, tools) : await resumeExecution(job, trial.resume, tools);
  return {
    ended,
    outcomes,
    putBacks,
    kept,
    calls: runtime.calls,
    specs: runtime.specs,
    bounds: runtime.bounds,
    recoveries: runtime.recoveries,
    callsWhenAnswered: () => callsWhenAnswered,
  };
}

/** The same, of one that is to be answered. */
export async function answerExecution(trial: Trial) {
  const { ended, outcomes, callsWhenAnswered, ...played } = await playExecution(trial);
  const [outcome] = outcomes;
  if (outcome === undefined || outcomes.length > 1) throw new Error(`${outcomes.length} outcomes`);
  expect(ended).toBe('finished');
  return { ...played, outcome, callsWhenAnswered: callsWhenAnswered() };
}
