import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import type { LogPosition } from '../../runtime.ts';

const offset = z.number().int().nonnegative();
const offsetsSchema = z.object({ stdout: offset, stderr: offset });

/** How many bytes of each stream have been read. */
export type LogOffsets = z.infer<typeof offsetsSchema>;

export function formatPosition(offsets: LogOffsets): LogPosition {
  return JSON.stringify(offsets);
}

/** @throws ExecError INTERNAL for a position that this driver did not make */
export function parsePosition(position: LogPosition | undefined): LogOffsets {
  if (position === undefined) return { stdout: 0, stderr: 0 };
  try {
    return offsetsSchema.parse(JSON.parse(position));
  } catch (error) {
    throw new ExecError('INTERNAL', `${JSON.stringify(position)} is no position in a container's log.`, {
      cause: error,
    });
  }
}
