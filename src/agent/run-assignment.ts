import { decideRetry } from '../execution/decide-retry.ts';
import type { Observe } from '../execution/events.ts';
import type { ExecutionTools } from '../execution/execution-tools.ts';
import type { Journal } from '../execution/journal.ts';
import { resumeExecution } from '../execution/resume-execution.ts';
import { runExecution } from '../execution/run-execution.ts';
import type { Work } from '../execution/work-pool.ts';
import type { ExecutionQueue } from '../queue/execution-queue.ts';
import { ExecError } from '../support/exec-error.ts';
import type { Outcome } from '../wire/record.ts';
import type { Answers } from './create-answers.ts';

interface AssignmentTools {
  readonly queue: ExecutionQueue;
  readonly answers: Answers;
  readonly tools: Omit<ExecutionTools, 'journal' | 'observe'>;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly observerOf: (executionId: string) => Observe;
  /** Removes what an earlier attempt may have left here. */
  readonly sweepBefore: (executionId: string) => Promise<void>;
}

/** Works on what the queue has assigned, keeping its record as it goes. */
export async function runAssignment(work: Work, parts: AssignmentTools): Promise<void> {
  const { assignment, progress } = work;
  const { plan, attempt } = assignment;
  const logger = parts.tools.logger.child({ execution: plan.id, correlation: plan.correlationId });
  const { journal, retryAfterMs } = openJournal(work, parts, logger);
  const tools = { ...parts.tools, logger, journal, observe: parts.observerOf(plan.id) };
  const job = { plan, queuedMs: assignment.queuedMs, signal: work.signal, detach: work.detach };
  if (progress === undefined && attempt.number > 1) await parts.sweepBefore(plan.id);
  const ended = progress === undefined ? await runExecution(job, tools) : await resumeExecution(job, progress, tools);
  const delayMs = ended === 'released' ? 0 : retryAfterMs();
  if (delayMs !== undefined) await parts.queue.requeue(assignment, delayMs);
  if (ended !== 'finished') logger.info({ ended }, 'let go');
}

function openJournal(
  { assignment }: Work,
  { queue, answers, onOutcome }: AssignmentTools,
  logger: ExecutionTools['logger'],
) {
  const { plan, attempt } = assignment;
  let retryAfterMs: number | undefined;
  const journal: Journal = {
    async keep(progress) {
      if (!(await queue.keep(assignment, progress)))
        throw new ExecError('AGENT_LOST', 'Another agent has taken this execution over.');
    },
    async finish(outcome) {
      onOutcome(outcome);
      const facts = { code: outcome.failure?.code ?? 'OK', phases: outcome.phases, attempt: attempt.number };
      retryAfterMs = decideRetry(plan, attempt, outcome.failure);
      if (retryAfterMs !== undefined) {
        logger.info({ ...facts, retryAfterMs }, 'is tried again');
        return true;
      }
      const counted = await queue.finish(assignment, outcome, answers.announce({ ...assignment, outcome }));
      if (counted) logger.info(facts, 'finished');
      else logger.warn(facts, 'finished too late: another attempt counts');
      return counted;
    },
  };
  return { journal, retryAfterMs: () => retryAfterMs };
}
