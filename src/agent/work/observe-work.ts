import type { Observe } from '../../execution/events.ts';
import type { Work } from '../../execution/work-pool.ts';
import type { LastPlaces, LiveLog } from '../../queue/live-log.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import { logAttempt, observeLogs } from './observe-logs.ts';

/** The live log of an execution, also of one that another agent has begun: what that agent has written is not written again. */
export async function observeWork(
  { assignment, progress }: Work,
  liveLog: Pick<LiveLog, 'write' | 'lastPlaces'>,
  logger: Logger,
): Promise<Observe> {
  const { plan, attempt } = assignment;
  const step = progress?.step ?? 0;
  const observed = { executionId: plan.id, attempt: attempt.number, step };
  const written = progress === undefined ? {} : await lastPlaces();
  return observeLogs({ ...observed, written }, liveLog, logger);

  async function lastPlaces(): Promise<LastPlaces> {
    try {
      return await liveLog.lastPlaces(plan.id, logAttempt(attempt.number, step));
    } catch (error) {
      logger.debug({ execution: plan.id, problem: messageOf(error) }, 'the live log begins again');
      return {};
    }
  }
}
