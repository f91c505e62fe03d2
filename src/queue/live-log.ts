import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';
import { delay } from '../support/time/deadline.ts';
import { type LogLine, logLineSchema } from '../wire/live.ts';
import { queueKeys } from './keys.ts';
import { type LogPlace, placeFields, readPlace } from './log-place.ts';

export type { LogLine };

/** The output of what runs now: kept for those who ask later, and published for those who listen. */
export interface LiveLog {
  write(executionId: string, line: LogLine, place: LogPlace): Promise<void>;
  /** All that is kept of it now, oldest first. */
  read(executionId: string): AsyncIterable<PositionedLine>;
  /** All that is kept after the position, then more as it comes, until nobody writes any more. */
  follow(executionId: string, options: FollowOptions): AsyncIterable<PositionedLine>;
  /** Where each stream of an attempt was when its last piece was kept. */
  lastPlaces(executionId: string, attempt: string): Promise<LastPlaces>;
}

export interface PositionedLine {
  readonly position: string;
  readonly line: LogLine;
}

export type LastPlaces = Readonly<Partial<Record<LogLine['stream'], LogPlace>>>;

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Absent: from the beginning. */
  readonly after?: string | undefined;
  /** Whether the execution has finished, so that what is kept is all there will be. */
  readonly isFinished: () => Promise<boolean>;
}

export interface LiveLogOptions {
  readonly redis: AnyRedis;
  readonly prefix: string;
  /** Lines are published on `<channel>:<execution id>`. */
  readonly channel: string;
  /** Pieces that are kept of each log, about. */
  readonly kept: number;
  /** How long a log is kept that nobody ends, in milliseconds. */
  readonly keepMs: number;
}

// How often a follower asks for more, and how much it is given at once: a hundred followers hold no more than that.
const followMs = 200;
const piecesAtOnce = 16;

interface Entry {
  readonly position: string;
  /** Absent: it is no log line. Everyone who can reach Redis may have written it. */
  readonly line: LogLine | undefined;
  readonly place: LogPlace | undefined;
}

export function createLiveLog({ redis, prefix, channel, kept, keepMs }: LiveLogOptions): LiveLog {
  const keys = queueKeys(prefix);

  const readSome = async (executionId: string, after: string | undefined, until = '+') => {
    const from = after === undefined ? '-' : `(${after}`;
    return (await redis.xrange(keys.liveLog(executionId), from, until, 'COUNT', piecesAtOnce)).map(entryOf);
  };

  return {
    async write(executionId, line, place) {
      const key = keys.liveLog(executionId);
      const text = JSON.stringify(line);
      await redis
        .pipeline()
        .xadd(key, 'MAXLEN', '~', kept, '*', 'line', text, ...placeFields(place))
        .pexpire(key, keepMs)
        .publish(`${channel}:${executionId}`, text)
        .exec();
    },

    async *read(executionId) {
      const [newest] = await redis.xrevrange(keys.liveLog(executionId), '+', '-', 'COUNT', 1);
      if (newest === undefined) return;
      const gaps = createGapFinder(0);
      for (let position: string | undefined; ; ) {
        const entries = await readSome(executionId, position, newest[0]);
        yield* gaps.mark(entries);
        position = entries.at(-1)?.position;
        if (entries.length < piecesAtOnce) return;
      }
    },

    async *follow(executionId, { signal, after, isFinished }) {
      const gaps = createGapFinder(after === undefined ? 0 : undefined);
      let position = after;
      while (!signal.aborted) {
        const finished = await isFinished();
        const entries = await readSome(executionId, position);
        yield* gaps.mark(entries);
        position = entries.at(-1)?.position ?? position;
        if (entries.length === piecesAtOnce) continue;
        if (finished) return;
        await delay(followMs, signal);
      }
    },

    async lastPlaces(executionId, attempt) {
      const last: Partial<Record<LogLine['stream'], LogPlace>> = {};
      for (let before = '+'; ; ) {
        const read = await redis.xrevrange(keys.liveLog(executionId), before, '-', 'COUNT', piecesAtOnce);
        const entries = read.map(entryOf);
        for (const { line, place } of entries) {
          if (place === undefined || line === undefined) continue;
          if (place.attempt !== attempt) return last;
          last[line.stream] ??= place;
        }
        const oldest = entries.at(-1);
        const hasBoth = last.stdout !== undefined && last.stderr !== undefined;
        if (hasBoth || oldest === undefined || entries.length < piecesAtOnce) return last;
        before = `(${oldest.position}`;
      }
    },
  };
}

function entryOf([position, fields]: [string, string[]]): Entry {
  const [, text = '', ...more] = fields;
  return { position, line: readJson(text, logLineSchema).data, place: readPlace(more) };
}

/** Reports what was written between two pieces and is kept no more. */
function createGapFinder(start: number | undefined) {
  let expected = start;
  let attempt: string | undefined;
  return {
    *mark(entries: readonly Entry[]): Generator<PositionedLine> {
      for (const { position, line, place } of entries) {
        if (line === undefined) continue;
        if (attempt !== undefined && place?.attempt !== attempt) expected = 0;
        const omitted = place === undefined || expected === undefined ? 0 : place.from - expected;
        if (place !== undefined) ({ to: expected, attempt } = place);
        yield { position, line: omitted > 0 ? { ...line, omitted } : line };
      }
    },
  };
}
