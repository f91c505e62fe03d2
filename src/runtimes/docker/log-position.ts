import { ExecError } from '../../support/exec-error.ts';
import type { LogPosition } from '../runtime.ts';

/**
 * A place in a container's log: after the n-th message that carries this time. Times alone do not do: the pieces of
 * one long line share theirs.
 */
export interface LogPlace {
  /** As the engine writes it: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly count: number;
}

export function formatPosition({ time, count }: LogPlace): LogPosition {
  return `${time}#${count}`;
}

/** @throws ExecError INTERNAL for a position that this driver did not make */
export function parsePosition(position: LogPosition): LogPlace {
  const { time, count } = /^(?<time>[^#]+)#(?<count>\d+)$/.exec(position)?.groups ?? {};
  if (time === undefined || Number.isNaN(Date.parse(time))) {
    throw new ExecError('INTERNAL', `"${position}" is no position in a container's log`);
  }
  return { time, count: Number(count) };
}

/** The place after one more message. */
export function placeAfter(place: LogPlace | undefined, time: string): LogPlace {
  return { time, count: place?.time === time ? place.count + 1 : 1 };
}

/** The engine's `since`: seconds since the epoch with nine decimals; messages of exactly that time are included. */
export function sinceOf({ time }: LogPlace): string {
  const nanoseconds = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  return `${Math.floor(Date.parse(time) / 1000)}.${nanoseconds.padEnd(9, '0')}`;
}
