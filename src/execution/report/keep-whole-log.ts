import { messageOf } from '../../support/exec-error.ts';
import { withDeadline } from '../../support/time/deadline.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { ExecutionTools } from '../execution-tools.ts';
import type { Transcript } from '../output/transcript.ts';
import { collectTooSlow } from './deadline-errors.ts';
import type { ExecutionReport } from './execution-report.ts';

interface Parts {
  readonly plan: Pick<ExecutionPlan, 'id'>;
  readonly fence: number;
  readonly tools: Pick<ExecutionTools, 'keepLog' | 'limits'>;
  readonly transcript: Pick<Transcript, 'whole'>;
  readonly report: Pick<ExecutionReport, 'keptLog' | 'warn'>;
  readonly detach: AbortSignal;
}

/** Stores the whole output of an execution whose response has no room for it. A store that fails costs a warning. Detached, it may be missing. */
export async function keepWholeLog({ plan, fence, tools, transcript, report, detach }: Parts): Promise<void> {
  const { keepLog, limits } = tools;
  if (keepLog === undefined) return;
  try {
    const whole = await transcript.whole();
    if (whole === undefined) return;
    const { handle, size, lines, omittedBytes } = whole;
    const deadline = { ms: limits.collectMs, reason: () => collectTooSlow(limits.collectMs), parent: detach };
    const body = { handle, size, onBytes: () => undefined };
    const attempt = { executionId: plan.id, fence };
    const name = await withDeadline(deadline, (signal) => keepLog.store(attempt, body, signal));
    if (name === undefined) return;
    report.keptLog({ name, bytes: size, lines });
    if (omittedBytes > 0)
      report.warn(
        `The last ${omittedBytes} bytes of the output are not kept: it is longer than EXEC_LOG_ARCHIVE_MAX allows.`,
      );
  } catch (error) {
    if (!detach.aborted) report.warn(`The whole output could not be kept: ${messageOf(error)}`);
  }
}
