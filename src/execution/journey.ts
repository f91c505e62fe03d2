import type { Sandbox } from '../runtimes/runtime.ts';
import { reasonToWait } from '../runtimes/runtime-away.ts';
import { type ExecError, toExecError } from '../support/exec-error.ts';
import { abortReason, withDeadline } from '../support/time/deadline.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { Spendings } from '../wire/record/record.ts';
import type { Sentence } from '../wire/sentence.ts';
import type { ExecutionTools } from './execution-tools.ts';
import { createLogSpool } from './output/logs/log-spool.ts';
import { createTranscript, type Transcript } from './output/transcript.ts';
import { createJourneySecrets, type JourneySecrets, maskOutcome } from './prepare/journey-secrets.ts';
import { openAccess, type ServiceAccess } from './prepare/service-access.ts';
import { collectTooSlow } from './report/deadline-errors.ts';
import { type ExecutionReport, startReport } from './report/execution-report.ts';
import { keepWholeLog } from './report/keep-whole-log.ts';
import { measureResponseRoom } from './report/measure-response-room.ts';

export interface ExecutionJob {
  readonly plan: ExecutionPlan;
  /** Of the attempt; grows when another agent takes the execution over. */
  readonly fence: number;
  /** How long the request waited in the queue; absent when another agent started the execution. */
  readonly queuedMs: number | undefined;
  /** Aborted with an ExecError to cancel; the response still contains the output so far. */
  readonly signal: AbortSignal;
  /** Aborted to detach: a running container continues without this agent; nothing is published or removed. */
  readonly detach: AbortSignal;
}

/**
 * `finished`: the outcome is recorded and published, the sandbox removed. `detached`: the container continues, and another
 * agent re-attaches to it. `released`: no container was started; the execution starts again later.
 */
export type Ended = 'finished' | 'detached' | 'released';

/** The state of one execution from start to end. */
export interface Journey extends ExecutionJob {
  readonly tools: ExecutionTools;
  readonly transcript: Transcript;
  readonly report: ExecutionReport;
  readonly access: ServiceAccess;
  readonly secrets: JourneySecrets;
}

/** @param spent budgets of services used before this agent took over */
export function beginJourney(job: ExecutionJob, given: ExecutionTools, spent?: Spendings): Journey {
  const { plan } = job;
  const { traceCall } = given.trace ?? {};
  const describe = (sentence: Sentence) => given.describe(plan, sentence);
  const access = openAccess({ ...given, plan, describe, spent, traceCall });
  const tools = { ...given, journal: access.journal };
  const { runtime, limits, clock } = tools;
  const { logKeepBytes: keepBytes, answerBytes } = limits;
  const spool = tools.keepLog === undefined ? undefined : createLogSpool(tools.keepLog);
  const transcript = createTranscript({ keepBytes, answerBytes, clock, spool });
  const report = startReport({
    plan,
    queuedMs: job.queuedMs,
    runtime: runtime.name,
    transcript,
    clock,
    trace: tools.trace,
  });
  const secrets = createJourneySecrets(plan, tools.readSecrets);
  return { ...job, tools, transcript, report, access, secrets };
}

/** Whether the execution goes back to the queue: it failed before a start because the runtime is unavailable or full. */
export function isPutBack({ report, signal, tools }: Journey, error: unknown): boolean {
  const failure = toExecError(error);
  const reason = reasonToWait(failure);
  if (signal.aborted || report.hasStarted() || reason === undefined) return false;
  return tools.journal.putBack(failure, reason);
}

/** Returns the error that ended the execution. A cancel wins over a runtime that is unavailable or full. */
export function reasonOf({ signal }: Journey, error: unknown): ExecError {
  const failure = toExecError(error);
  return signal.aborted && reasonToWait(failure) !== undefined ? abortReason(signal) : failure;
}

/** Removes the sandbox of an execution that started no container, so that it can start again. */
export async function release(journey: Journey, sandbox: Sandbox | undefined): Promise<Ended> {
  if (sandbox !== undefined) {
    // Only while this attempt is valid: an attempt that has taken over may use the same sandbox.
    await journey.tools.journal.keep({ state: 'staging', sandbox: sandbox.handle });
    await cleanUp(journey, sandbox);
  }
  return 'released';
}

/** Collects the outputs, records and publishes the outcome, and only then removes the sandbox. */
export async function endJourney(journey: Journey, sandbox: Sandbox | undefined): Promise<Ended> {
  const { report, tools, detach, access } = journey;
  report.spent(access.spending());
  if (sandbox !== undefined && report.ran()) await collect(journey, sandbox);
  if (detach.aborted && report.ran()) return 'detached';
  await keepWholeLog(journey);
  // The next agent stores it: an outcome that is recorded now would be without it.
  if (detach.aborted && report.ran()) return 'detached';
  const outcome = await maskOutcome(report.outcome(), journey.secrets, tools.settleGraph);
  if (!(await tools.journal.finish(outcome))) return 'detached';
  await cleanUp(journey, sandbox);
  return 'finished';
}

/** If the sandbox cannot be removed now, as while the engine is unavailable, the next sweep removes it. */
async function cleanUp({ tools }: Journey, sandbox: Sandbox | undefined): Promise<void> {
  try {
    await sandbox?.remove();
  } catch (error) {
    tools.logger.warn({ err: error }, 'what the execution leaves could not be removed; the next sweep does that');
  }
}

async function collect({ plan, tools, report, transcript, detach, secrets }: Journey, sandbox: Sandbox): Promise<void> {
  report.enter('collected');
  tools.observe({ kind: 'state', state: 'collecting' });
  const ms = tools.limits.collectMs;
  // A canceled execution still returns its outputs, so the cancel signal does not stop the collection.
  const deadline = { ms, reason: () => collectTooSlow(ms), parent: detach };
  try {
    const steps = plan.steps.length === 1 ? [] : report.steps();
    const roomBytes = await measureResponseRoom(transcript, { ...tools.limits, returnLogs: plan.returnLogs, steps });
    const options = { roomBytes, ...(secrets.values().length === 0 ? {} : { mask: secrets.mask() }) };
    report.collected(await withDeadline(deadline, (signal) => sandbox.collect(plan.outputs, signal, options)));
  } catch (error) {
    report.fail(toExecError(error));
  }
}
