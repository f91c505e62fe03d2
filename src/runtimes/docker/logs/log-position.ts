import { ExecError } from '../../../support/exec-error.ts';
import type { LogPosition } from '../../runtime.ts';
import type { OpenLines } from './restore-line-feeds.ts';

/** A message, and how many of its time or later have been read since, itself included. */
interface Mark {
  /** As the engine writes it: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly count: number;
}

/**
 * A place in a container's log. An engine is asked for messages since a time, but times do not rise all the way: the pieces
 * of a long line share the first one's, and the two streams overtake each other. So a place counts from an earlier message,
 * the anchor, before which everything is older and after which everything read so far is not.
 */
export interface LogPlace {
  readonly anchor: Mark;
  /** What becomes the anchor once nothing older has come for a while. */
  readonly next?: Mark | undefined;
  /** The latest time that was read: what is later comes after the place. */
  readonly latest: string;
  /** Lines that go on after it. */
  readonly open: OpenLines;
}

/** Before every message: until something is settled, a log is read from its beginning. */
const start = '1970-01-01T00:00:00.000000000Z';

/** Streams overtake each other by less than this. */
const settledMs = 1000;

/** `TIME#COUNT|TIME#COUNT|LATEST` (the second may be empty), then `;STREAM=TIME/BYTES` for each line that goes on. */
export function formatPosition({ anchor, next, latest, open }: LogPlace): LogPosition {
  const lines = Object.entries(open).map(([stream, line]) => `;${stream}=${line.time}/${line.bytes}`);
  return `${formatMark(anchor)}|${next === undefined ? '' : formatMark(next)}|${latest}${lines.join('')}`;
}

function formatMark({ time, count }: Mark): string {
  return `${time}#${count}`;
}

/** @throws ExecError INTERNAL for a position that this driver did not make */
export function parsePosition(position: LogPosition): LogPlace {
  const { time = '', count, nextTime, nextCount, latest = '', lines = '' } = positionForm.exec(position)?.groups ?? {};
  if ([time, latest, nextTime ?? time].some((each) => Number.isNaN(Date.parse(each))))
    throw new ExecError('INTERNAL', `"${position}" is no position in a container's log`);
  return {
    anchor: { time, count: Number(count) },
    next: nextTime === undefined ? undefined : { time: nextTime, count: Number(nextCount) },
    latest,
    open: parseOpenLines(lines),
  };
}

const positionForm =
  /^(?<time>[^#|;]+)#(?<count>\d+)\|(?:(?<nextTime>[^#|;]+)#(?<nextCount>\d+))?\|(?<latest>[^#|;]+)(?<lines>(?:;std(?:out|err)=[^;/]+\/\d+)*)$/;

function parseOpenLines(lines: string): OpenLines {
  const found = lines.matchAll(/;(?<stream>stdout|stderr)=(?<time>[^;/]+)\/(?<bytes>\d+)/g);
  return Object.fromEntries(
    [...found].map(({ groups: { stream = '', time = '', bytes = '' } = {} }) => [
      stream,
      { time, bytes: Number(bytes) },
    ]),
  );
}

/** The place after one more message, which has that time; `open` is what goes on after it. */
export function placeAfter(place: LogPlace | undefined, time: string, open: OpenLines): LogPlace {
  if (place === undefined) return { anchor: { time: start, count: 1 }, next: { time, count: 1 }, latest: time, open };
  const anchor = countFrom(place.anchor, time) ?? place.anchor;
  const isNewest = sinceOf(time) > sinceOf(place.latest);
  const latest = isNewest ? time : place.latest;
  const mayAnchor = isNewest && Object.keys(place.open).length === 0;
  const next = place.next === undefined ? undefined : countFrom(place.next, time);
  const candidate = next ?? (mayAnchor ? { time, count: 1 } : undefined);
  const isSettled = candidate !== undefined && Date.parse(latest) - Date.parse(candidate.time) >= settledMs;
  return isSettled ? { anchor: candidate, latest, open } : { anchor, next: candidate, latest, open };
}

/** One more of its time or later; undefined: an older one came after it. */
function countFrom({ time: from, count }: Mark, time: string): Mark | undefined {
  return sinceOf(time) < sinceOf(from) ? undefined : { time: from, count: count + 1 };
}

/** The engine's `since`: seconds since the epoch with nine decimals; messages of exactly that time are included. */
export function sinceOf(time: string): string {
  const nanoseconds = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  return `${Math.floor(Date.parse(time) / 1000)}.${nanoseconds.padEnd(9, '0')}`;
}
