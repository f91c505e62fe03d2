import type { Container } from '../../runtimes/runtime.ts';
import { settlesWithin } from '../../support/time/deadline.ts';
import type { ExecutionTools } from '../execution-tools.ts';
import type { LogReading } from '../output/logs/read-logs.ts';

// How finely silence is measured.
const looksPerDrain = 10;
// How many times longer a runtime that cannot be reached is waited for.
const patience = 2;

export interface Draining {
  readonly tools: { readonly limits: Pick<ExecutionTools['limits'], 'logDrainMs'> };
  readonly detach: AbortSignal;
}

/**
 * Waits for the rest of the output while more arrives, because Docker may deliver it late; while the runtime cannot be
 * reached, silence does not count. False: it still arrives.
 */
export async function drainLogs(
  reading: LogReading,
  container: Pick<Container, 'isOutputLate'>,
  { tools, detach }: Draining,
): Promise<boolean> {
  const lookMs = tools.limits.logDrainMs / looksPerDrain;
  let [silent, late] = [0, 0];
  while (silent < looksPerDrain && late < looksPerDrain * patience) {
    const before = reading.readBytes();
    if (await settlesWithin(reading.done, lookMs)) return true;
    if (detach.aborted) return false;
    const isLate = container.isOutputLate?.() === true;
    if (isLate) late += 1;
    silent = isLate || reading.readBytes() > before ? 0 : silent + 1;
  }
  return false;
}
