import type { Redis } from 'ioredis';
import { readJson } from '../support/json/read-json.ts';
import { delay } from '../support/time/deadline.ts';
import { type LogLine, logLineSchema } from '../wire/live.ts';
import { queueKeys } from './keys.ts';

export type { LogLine };

/** The output of what runs now: kept for those who ask later, and published for those who listen. */
export interface LiveLog {
  write(executionId: string, line: LogLine): Promise<void>;
  /** What is kept of it after the position, oldest first; no position: from the beginning. */
  read(executionId: string, after?: string): Promise<readonly PositionedLine[]>;
  /** All that is kept after the position, then more as it comes, until nobody writes any more. */
  follow(executionId: string, options: FollowOptions): AsyncIterable<PositionedLine>;
}

export interface PositionedLine {
  readonly position: string;
  readonly line: LogLine;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Absent: from the beginning. */
  readonly after?: string | undefined;
  /** Whether the execution has finished, so that what is kept is all there will be. */
  readonly isFinished: () => Promise<boolean>;
}

export interface LiveLogOptions {
  readonly redis: Redis;
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
const piecesOfOneRead = 500;

export function createLiveLog({ redis, prefix, channel, kept, keepMs }: LiveLogOptions): LiveLog {
  const keys = queueKeys(prefix);

  const readSome = async (executionId: string, after: string | undefined, count: number) => {
    const from = after === undefined ? '-' : `(${after}`;
    const entries = await redis.xrange(keys.liveLog(executionId), from, '+', 'COUNT', count);
    return entries.map(([position, [, text = '']]) => ({ position, line: readJson(text, logLineSchema).data }));
  };

  return {
    async write(executionId, line) {
      const key = keys.liveLog(executionId);
      const text = JSON.stringify(line);
      await redis
        .pipeline()
        .xadd(key, 'MAXLEN', '~', kept, '*', 'line', text)
        .pexpire(key, keepMs)
        .publish(`${channel}:${executionId}`, text)
        .exec();
    },
    read: async (executionId, after) => readable(await readSome(executionId, after, piecesOfOneRead)),
    async *follow(executionId, { signal, after, isFinished }) {
      let position = after;
      while (!signal.aborted) {
        const finished = await isFinished();
        const lines = await readSome(executionId, position, piecesAtOnce);
        yield* readable(lines);
        position = lines.at(-1)?.position ?? position;
        if (lines.length === piecesAtOnce) continue;
        if (finished) return;
        await delay(followMs, signal);
      }
    },
  };
}

/** Without the entries that are not log lines: everyone who can reach Redis may have written them. */
function readable(
  entries: readonly { readonly position: string; readonly line: LogLine | undefined }[],
): readonly PositionedLine[] {
  return entries.flatMap(({ position, line }) => (line === undefined ? [] : [{ position, line }]));
}
