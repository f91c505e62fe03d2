import type { Container, Sandbox } from '../runtimes/runtime.ts';
import { isAwayBeforeStart } from '../runtimes/runtime-away.ts';
import { abortReason, withDeadline } from '../support/deadline.ts';
import { type ExecError, toExecError } from '../support/exec-error.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { ContainerProgress, Spendings } from '../wire/record.ts';
import { answerRoom } from './answer-room.ts';
import { collectTooSlow } from './deadline-errors.ts';
import { type ExecutionReport, startReport } from './execution-report.ts';
import type { ExecutionTools } from './execution-tools.ts';
import { createJourneySecrets, type JourneySecrets, maskOutcome } from './journey-secrets.ts';
import { openAccess, type ServiceAccess } from './service-access.ts';
import { createTranscript, type Transcript } from './transcript.ts';

export interface ExecutionJob {
  readonly plan: ExecutionPlan;
  /** How long the request waited for its turn; not known of one that another agent had begun. */
  readonly queuedMs: number | undefined;
  /** Aborted with an ExecError to cancel; what was written so far is still returned. */
  readonly signal: AbortSignal;
  /** Aborted to let go: a container that runs goes on without this agent, and nothing is answered or removed. */
  readonly detach: AbortSignal;
}

/**
 * `finished`: recorded, answered, removed. `detached`: the container goes on, for another agent to follow.
 * `released`: nothing had been started; it begins anew.
 */
export type Ended = 'finished' | 'detached' | 'released';

/** What one execution carries with it from beginning to end. */
export interface Journey extends ExecutionJob {
  readonly tools: ExecutionTools;
  readonly transcript: Transcript;
  readonly report: ExecutionReport;
  readonly access: ServiceAccess;
  readonly secrets: JourneySecrets;
}

/** A container that was started, by this agent or by one that vanished, and what is on record of it. */
export interface StartedStep {
  readonly container: Container;
  readonly progress: ContainerProgress;
}

/** @param spent of its services, before this agent followed it */
export function beginJourney(job: ExecutionJob, given: ExecutionTools, spent?: Spendings): Journey {
  const { plan } = job;
  const access = openAccess({ ...given, plan, spent });
  const tools = { ...given, journal: access.journal };
  const { runtime, limits, clock } = tools;
  const { logKeepBytes: keepBytes, answerBytes } = limits;
  const transcript = createTranscript({ keepBytes, answerBytes, clock });
  const report = startReport({ plan, queuedMs: job.queuedMs, runtime: runtime.name, transcript, clock });
  const secrets = createJourneySecrets(plan, tools.readSecrets);
  return { ...job, tools, transcript, report, access, secrets };
}

/** After an error: nothing was started because the runtime is away, and the execution goes back to the queue for that. */
export function isPutBack({ report, signal, tools }: Journey, error: unknown): boolean {
  const failure = toExecError(error);
  return !signal.aborted && !report.started() && isAwayBeforeStart(failure) && tools.journal.putBack(failure);
}

/** What ended the execution: one that was canceled while its runtime was away was canceled. */
export function reasonOf({ signal }: Journey, error: unknown): ExecError {
  const failure = toExecError(error);
  return signal.aborted && isAwayBeforeStart(failure) ? abortReason(signal) : failure;
}

/** Nothing runs: what was made for it is taken away, so that the execution can begin anew. */
export async function release(journey: Journey, sandbox: Sandbox | undefined): Promise<Ended> {
  if (sandbox !== undefined) {
    // Only while the attempt counts: one that has taken over may work in the same place.
    await journey.tools.journal.keep({ state: 'staging', sandbox: sandbox.handle });
    await cleanUp(journey, sandbox);
  }
  return 'released';
}

/** Collects, records and answers, and only then cleans up. */
export async function endJourney(journey: Journey, sandbox: Sandbox | undefined): Promise<Ended> {
  const { report, tools, detach, access } = journey;
  report.spent(access.spending());
  if (sandbox !== undefined && report.ran()) await collect(journey, sandbox);
  if (detach.aborted && report.ran()) return 'detached';
  if (!(await tools.journal.finish(maskOutcome(report.outcome(), journey.secrets)))) return 'detached';
  await cleanUp(journey, sandbox);
  return 'finished';
}

/** What cannot be removed now, as while the engine is away, is left to the next sweep. */
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
  // A canceled execution still returns what it wrote, so its signal does not end the collection.
  const deadline = { ms, reason: () => collectTooSlow(ms), parent: detach };
  try {
    const roomBytes = answerRoom(transcript, { ...tools.limits, returnLogs: plan.returnLogs });
    const options = { roomBytes, ...(secrets.values().length === 0 ? {} : { mask: secrets.mask() }) };
    report.collected(await withDeadline(deadline, (signal) => sandbox.collect(plan.outputs, signal, options)));
  } catch (error) {
    report.fail(toExecError(error));
  }
}
