import { settlesWithin } from '../../support/time/deadline.ts';
import type { Journey } from '../journey.ts';
import type { LogReading } from '../output/logs/read-logs.ts';

/** Waits for the rest of the output while more arrives, because Docker may deliver it late. False: it still arrives. */
export async function drainLogs(
  reading: LogReading,
  { tools, detach }: Pick<Journey, 'tools' | 'detach'>,
): Promise<boolean> {
  for (;;) {
    const before = reading.readBytes();
    if (await settlesWithin(reading.done, tools.limits.logDrainMs)) return true;
    if (detach.aborted || reading.readBytes() === before) return false;
  }
}
