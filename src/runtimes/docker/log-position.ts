import { ExecError } from '../../support/exec-error.ts';
import type { LogPosition } from '../runtime.ts';
import type { OpenLines } from './restore-line-feeds.ts';

/**
 * A place in a container's log: after the n-th message that carries this time. Times alone do not do: the pieces of
 * one long line share theirs.
 */
export interface LogPlace {
  /** As the engine writes it: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly count: number;
  /** Lines that go on after it. */
  readonly open: OpenLines;
}

/** `TIME#COUNT`, then `;STREAM=TIME/BYTES` for each line that goes on. */
export function formatPosition({ time, count, open }: LogPlace): LogPosition {
  const lines = Object.entries(open).map(([stream, line]) => `;${stream}=${line.time}/${line.bytes}`);
  return `${time}#${count}${lines.join('')}`;
}

/** @throws ExecError INTERNAL for a position that this driver did not make */
export function parsePosition(position: LogPosition): LogPlace {
  const { time, count, lines = '' } = positionForm.exec(position)?.groups ?? {};
  if (time === undefined || Number.isNaN(Date.parse(time))) {
    throw new ExecError('INTERNAL', `"${position}" is no position in a container's log`);
  }
  return { time, count: Number(count), open: parseOpenLines(lines) };
}

const positionForm = /^(?<time>[^#]+)#(?<count>\d+)(?<lines>(?:;std(?:out|err)=[^;/]+\/\d+)*)$/;

function parseOpenLines(lines: string): OpenLines {
  const found = lines.matchAll(/;(?<stream>stdout|stderr)=(?<time>[^;/]+)\/(?<bytes>\d+)/g);
  return Object.fromEntries(
    [...found].map(({ groups: { stream = '', time = '', bytes = '' } = {} }) => [
      stream,
      { time, bytes: Number(bytes) },
    ]),
  );
}

/** The place after one more message. */
export function placeAfter(place: LogPlace | undefined, time: string, open: OpenLines): LogPlace {
  return { time, count: place?.time === time ? place.count + 1 : 1, open };
}

/** The engine's `since`: seconds since the epoch with nine decimals; messages of exactly that time are included. */
export function sinceOf({ time }: Pick<LogPlace, 'time'>): string {
  const nanoseconds = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  return `${Math.floor(Date.parse(time) / 1000)}.${nanoseconds.padEnd(9, '0')}`;
}
