import type { Engine } from '../engine/connect-engine.ts';
import { hasEvent, usuallyLateMs } from '../engine/has-event.ts';
import type { EngineLoss } from './engine-loss.ts';
import { findEngineStart } from './engine-start.ts';

/** How a container ended, as its engine says. */
export interface ReportedEnd {
  readonly code: number;
  /** Epoch milliseconds; undefined: it does not tell. */
  readonly at: number | undefined;
}

export type Doubt = 'none' | 'invented' | 'ended with its engine';

interface DoubtOptions {
  readonly engine: Engine;
  readonly containerId: string;
  /** Of the engine, since the container was made, as far as they were noticed; oldest first. */
  readonly losses: readonly EngineLoss[];
}

export const codeOfKilled = 128 + 9;
/** An engine that is stopped and does not let containers outlive it ends them by SIGTERM or SIGKILL. */
export const codesOfStopped = new Set([128 + 15, codeOfKilled]);
const inventedCodes = new Set([0, 255]);
/** An engine that starts goes through all of its containers before it answers. */
const longestReturnMs = 120_000;
/** From the moment in which an engine ends its containers until it is started again. */
const longestStopMs = 60_000;

/** Whether an end may be none of the container's own. For one whose engine may have been away since it was started. */
export async function doubtEnd(end: ReportedEnd, options: DoubtOptions, signal: AbortSignal): Promise<Doubt> {
  const { engine, containerId, losses } = options;
  const doubt = doubtByLosses(end, losses) ?? doubtByStart(end, await findEngineStart(engine.host));
  if (doubt === 'none') return doubt;
  const hasEnded = await hasEvent(engine, containerId, { event: 'die', lateMs: usuallyLateMs }, signal);
  return hasEnded ? 'none' : doubt;
}

/** undefined: they do not tell. */
function doubtByLosses(end: ReportedEnd, losses: readonly EngineLoss[]): Doubt | undefined {
  if (losses.some((loss) => contradicts(loss, end))) return 'invented';
  return losses.at(-1)?.container === 'running' ? 'none' : undefined;
}

/**
 * An engine that is killed before it has saved a container's end takes it, when it is back, for one that has ended just
 * then, with code 0 or 255. So an end that the engine dates after the loss is none, when it had come before.
 */
export function contradicts(loss: EngineLoss, { at }: ReportedEnd): boolean {
  return loss.container === 'ended' && at !== undefined && at > loss.at;
}

/**
 * What nobody saw is judged by the time alone: an end of the kind that engines make up, or cause, while they start or are
 * stopped.
 * @param start of the engine that runs now, in epoch milliseconds; undefined: not known
 */
export function doubtByStart({ code, at }: ReportedEnd, start: number | undefined): Doubt {
  if (at === undefined || start === undefined) return 'none';
  const isBack = at >= start && at < start + longestReturnMs;
  if (inventedCodes.has(code) && isBack) return 'invented';
  const isStopped = at < start && at > start - longestStopMs;
  return codesOfStopped.has(code) && (isBack || isStopped) ? 'ended with its engine' : 'none';
}
