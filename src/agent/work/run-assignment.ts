import { decidePutBack, decideRetry } from '../../execution/decide-retry.ts';
import type { Observe } from '../../execution/events.ts';
import type { ExecutionTools } from '../../execution/execution-tools.ts';
import { traceExecution } from '../../execution/execution-trace.ts';
import type { Journal } from '../../execution/journal.ts';
import type { Ended } from '../../execution/journey.ts';
import { cancelOutcome } from '../../execution/report/cancel-outcome.ts';
import { resumeExecution } from '../../execution/resume-execution.ts';
import { runExecution } from '../../execution/run-execution.ts';
import type { Work } from '../../execution/work-pool.ts';
import type { ExecutionQueue, HeldAttempt, RequeueReason } from '../../queue/execution-queue.ts';
import { isRefusedForGood } from '../../queue/records/refused-for-good.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import { phasesOf } from '../../wire/record/outcome-facts.ts';
import type { Failure, Outcome } from '../../wire/record/record.ts';
import type { StepResult } from '../../wire/record/step-result.ts';
import { traceIdOf } from '../../wire/traceparent.ts';
import type { Responses } from './create-responses.ts';
import { finishUnlessCanceled } from './finish-unless-canceled.ts';
import { type PullWatch, watchPulls } from './watch-pulls.ts';

interface AssignmentTools {
  readonly queue: ExecutionQueue;
  readonly responses: Responses;
  readonly tools: Omit<ExecutionTools, 'journal' | 'observe' | 'trace'>;
  readonly onEnd: (failure: Failure | undefined) => void;
  readonly metrics: Pick<AgentMetrics, 'finished' | 'retried' | 'pulled' | 'staged'>;
  readonly observerOf: (work: Work) => Promise<Observe>;
  /** Removes what an earlier attempt may have left here. */
  readonly removeEarlier: (attempt: HeldAttempt) => Promise<void>;
  readonly tracing: Tracing | undefined;
}

/** Runs an execution that the queue assigned and keeps its record up to date. */
export async function runAssignment(work: Work, parts: AssignmentTools): Promise<void> {
  const { assignment, progress } = work;
  const { plan, attempt } = assignment;
  const { queuedMs } = assignment;
  const now = parts.tools.clock.now();
  const observeLog = await parts.observerOf(work);
  const trace = traceExecution(parts.tracing, { plan, number: attempt.number, queuedMs, now });
  const { traceparent, tracestate } = trace;
  const logger = parts.tools.logger.child({
    execution: plan.id,
    correlation: plan.correlationId,
    ...(traceparent !== undefined && { trace_id: traceIdOf(traceparent) }),
  });
  const pulls = watchPulls(parts.metrics);
  const observe: Observe = (event) => {
    observeLog(event);
    pulls.observe(event);
    if (event.kind === 'staged') parts.metrics.staged(event.bytes);
  };
  const { journal, nextTry, lastFailure } = openJournal(work, { ...parts, pulls }, logger);
  const removeEarlier = attempt.fence > 1 ? { removeEarlier: () => parts.removeEarlier(assignment) } : {};
  const tools = { ...parts.tools, ...removeEarlier, logger, journal, observe, trace };
  const job = {
    plan: withTrace(plan, { TRACEPARENT: traceparent, TRACESTATE: tracestate }),
    fence: attempt.fence,
    queuedMs,
    signal: work.signal,
    detach: work.detach,
  };
  let ended: Ended | 'failed' = 'failed';
  try {
    ended = progress === undefined ? await runExecution(job, tools) : await resumeExecution(job, progress, tools);
  } finally {
    trace.end(ended, lastFailure());
  }
  const next = nextTry() ?? (ended === 'released' ? leftToTheNext : undefined);
  if (next !== undefined) await parts.queue.requeue(assignment, next.afterMs, next.reason);
  if (ended !== 'finished') logger.info({ ended }, 'execution detached');
}

/** What runs in a container continues the trace by these variables. Those that the request sets stay, and a trace of its own has no state of another. */
function withTrace(plan: ExecutionPlan, { TRACEPARENT, TRACESTATE }: TraceVariables): ExecutionPlan {
  if (TRACEPARENT === undefined) return plan;
  const steps = plan.steps.map((step) => {
    const isOwn = step.env.TRACEPARENT !== undefined;
    const state = TRACESTATE === undefined || isOwn ? {} : { TRACESTATE };
    return { ...step, env: { TRACEPARENT, ...state, ...step.env } };
  });
  return { ...plan, steps };
}

interface TraceVariables {
  readonly TRACEPARENT: string | undefined;
  readonly TRACESTATE: string | undefined;
}

interface NextTry {
  readonly afterMs: number;
  readonly reason: RequeueReason;
}

const leftToTheNext: NextTry = { afterMs: 0, reason: 'released' };

function openJournal(
  { assignment }: Work,
  { queue, responses, onEnd, metrics, pulls }: AssignmentTools & { readonly pulls: PullWatch },
  logger: ExecutionTools['logger'],
) {
  const { plan, attempt } = assignment;
  let next: NextTry | undefined;
  let failed: Failure | undefined;
  const announce = async (outcome: Outcome) => {
    try {
      return { recordable: outcome, message: await responses.announce({ ...assignment, outcome }) };
    } catch (error) {
      const failed = unrecordable(outcome, error);
      logger.error({ err: error }, 'the response could not be made; the execution fails with INTERNAL');
      return { recordable: failed, message: await responses.announce({ ...assignment, outcome: failed }) };
    }
  };
  const finishOnce = async (outcome: Outcome): Promise<Outcome | undefined> => {
    const { recordable, message } = await announce(outcome);
    return (await queue.finish(assignment, recordable, message)) ? recordable : undefined;
  };
  /** What was recorded; undefined: another attempt counts. An outcome that cannot be recorded becomes an INTERNAL one. */
  const recordOutcome = async (outcome: Outcome): Promise<Outcome | undefined> => {
    try {
      return await finishOnce(outcome);
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      logger.error({ err: error }, 'the outcome could not be recorded; the execution fails with INTERNAL');
      return finishOnce(unrecordable(outcome, error));
    }
  };
  const journal: Journal = {
    async keep(progress) {
      if (!(await queue.keep(assignment, progress)))
        throw new ExecError('AGENT_LOST', 'Another agent has taken this execution over.');
    },
    putBack(failure, reason) {
      failed = failure;
      // A full runtime works: there is nothing to probe.
      if (reason === 'runtime away') onEnd(failure);
      const afterMs = decidePutBack(reason, assignment.putBacks);
      if (afterMs === undefined) return false;
      next = { afterMs, reason };
      logger.warn({ afterMs, problem: failure.message }, `goes back to the queue: ${reason}`);
      return true;
    },
    async finish(outcome) {
      failed = outcome.failure;
      onEnd(outcome.failure);
      const facts = { code: outcome.failure?.code ?? 'OK', phases: phasesOf(outcome), attempt: attempt.number };
      const afterMs = decideRetry(plan, attempt, outcome);
      if (afterMs !== undefined) {
        next = { afterMs, reason: 'again' };
        metrics.retried();
        logger.info({ ...facts, afterMs }, 'is tried again');
        return true;
      }
      const recorded = await finishUnlessCanceled(outcome, recordOutcome);
      if (recorded !== undefined) {
        failed = recorded.failure;
        logger.info({ ...facts, code: recorded.failure?.code ?? 'OK' }, 'finished');
        metrics.finished(recorded);
        pulls.end(recorded);
      } else logger.warn(facts, 'finished too late: another attempt counts');
      return recorded !== undefined;
    },
  };
  return { journal, nextTry: () => next, lastFailure: () => failed };
}

/** The facts of an outcome without what its container made, which may be what could not be recorded. */
function unrecordable({ failure, steps, phases, startedAt, finishedAt }: Outcome, error: unknown): Outcome {
  const message = `The result could not be recorded and is lost: ${messageOf(error)}. This is a defect of the agent; its log has the details.`;
  const failed: Outcome = {
    failure: { code: 'INTERNAL', message },
    steps: steps.map(withoutTexts),
    output: '',
    phases,
    warnings: [],
    startedAt,
    finishedAt,
  };
  return failure?.code === 'CANCELED' ? cancelOutcome(failed) : failed;
}

function withoutTexts({ exit, failure, ...step }: StepResult): StepResult {
  return {
    ...step,
    ...(exit === undefined ? {} : { exit: withoutWhy(exit) }),
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: '' } }),
    log: { from: 0, to: 0 },
  };
}

function withoutWhy({ why: _, ...exit }: NonNullable<StepResult['exit']>) {
  return exit;
}
