import { expectRejection } from '../../../support/abort/await-with-signal.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { OutputDelay } from '../../output-delay.ts';
import type { LogChunk, LogOptions } from '../../runtime.ts';
import type { DockerLimits } from '../docker-options.ts';
import { waitForEngine } from '../engine/await-engine.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { containerSchema } from '../engine/engine-schemas.ts';
import { createFaultPause, isLogFault } from './log-fault.ts';
import { formatPosition, type LogPlace, parsePosition, placeAfter, sinceOf } from './log-position.ts';
import { type Message, type MessageQuery, readMessages } from './read-messages.ts';
import { restoreLineFeed } from './restore-line-feeds.ts';

// `2026-11-23T02:09:25.429`: messages of one stream and one millisecond make one chunk.
const millisecondDigits = 23;

// How much longer than an answer takes the rest may take.
const slowness = 20;
// So many times longer than usually an engine is waited for at most, however slow it is.
const mostPatience = 10;

type FollowLimits =
  | 'logMessageBytes'
  | 'logTailMessages'
  | 'logReadTries'
  | 'logSettleMs'
  | 'engineAwayMs'
  | 'retryPauseMs';

export interface FollowParts extends Pick<DockerLimits, FollowLimits> {
  readonly outputDelay: OutputDelay;
}

/**
 * A container's output from a position on, to its end, also through a restart of the engine.
 * Engines end a follower as soon as the container ends and may keep its last messages from it: they are read again. One
 * that is being stopped ends a follower while the container runs. One that was away fetches what a container wrote meanwhile
 * at its leisure, so then it is asked until nothing more comes.
 */
export async function* followLogs(
  engine: Engine,
  containerId: string,
  { signal, from }: LogOptions,
  { outputDelay, ...limits }: FollowParts,
): AsyncGenerator<LogChunk> {
  const query = { signal, maxMessageBytes: limits.logMessageBytes };
  const reader = createReader(from === undefined ? undefined : parsePosition(from));
  const read = (options: Partial<MessageQuery>) =>
    readMessages(engine, containerId, { follow: false, ...query, ...options });

  async function* readNew(follow: boolean): AsyncGenerator<LogChunk> {
    const place = reader.place();
    yield* reader.chunksOf(read({ follow, since: place && sinceOf(place.anchor.time) }));
  }

  async function* readMissed(): AsyncGenerator<LogChunk> {
    const missed = await reader.missedIn(read({ tail: limits.logTailMessages }), limits.logTailMessages);
    if (missed === undefined) yield* readNew(false);
    else yield* reader.chunksAfter(missed);
  }

  async function* readRest(wasLost: boolean): AsyncGenerator<LogChunk> {
    for (let looks = 1; ; looks += 1) {
      let isQuiet = true;
      const begun = performance.now();
      for await (const chunk of readMissed()) {
        isQuiet = false;
        yield chunk;
      }
      if (!wasLost || (isQuiet && looks > 1)) return;
      const pauseMs = Math.max(limits.logSettleMs, (performance.now() - begun) * slowness);
      await outputDelay.during(delay(Math.min(pauseMs, limits.logSettleMs * mostPatience), signal));
    }
  }

  let wasLost = false;
  const untilReadable = createFaultPause(limits);
  for (;;) {
    try {
      yield* readNew(true);
      // Asked at the same time, so that the end of a container costs no more time.
      const running = isRunning(engine, containerId, signal);
      expectRejection(running);
      yield* readRest(wasLost);
      if (!(await running)) return;
      await delay(limits.retryPauseMs, signal);
    } catch (error) {
      if (isLogFault(error)) {
        if (!(await outputDelay.during(untilReadable(reader.place(), signal)))) throw error;
        continue;
      }
      wasLost = true;
      await outputDelay.during(waitForEngine(engine, limits, signal, error));
    }
  }
}

async function isRunning(engine: Engine, containerId: string, signal: AbortSignal): Promise<boolean> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${containerId}/json`, signal }, containerSchema);
  return answer.ok && answer.value.State.Running;
}

/** Remembers how far the log was read. */
function createReader(start: LogPlace | undefined) {
  let place = start;

  function* chunksAfter(messages: readonly Message[]): Generator<LogChunk> {
    let first = 0;
    for (let next = 1; next <= messages.length; next += 1) {
      const group = messages[first];
      const candidate = messages[next];
      if (group === undefined || (candidate !== undefined && belongTogether(group, candidate))) continue;
      const members = messages.slice(first, next).map((read) => {
        const { message, open } = restoreLineFeed(read, place?.open ?? {});
        place = placeAfter(place, read.time, open);
        return message;
      });
      if (place !== undefined) yield chunkOf(group, members, place);
      first = next;
    }
  }

  return {
    place: () => place,
    chunksAfter,

    /** Of a log that starts at the anchor of the place: what comes after the place. */
    async *chunksOf(log: AsyncIterable<readonly Message[]>): AsyncGenerator<LogChunk> {
      const read = place;
      let known = read?.anchor.count ?? 0;
      for await (const messages of log) {
        let skipped = 0;
        while (read !== undefined && known > 0 && isRead(messages[skipped], read)) {
          skipped += 1;
          known -= 1;
        }
        // What was read is gone from the log: all that is left is new.
        if (skipped < messages.length) known = 0;
        yield* chunksAfter(messages.slice(skipped));
      }
    },

    /** Of the last messages of a log: those after the place, or undefined when the place may lie before them. */
    async missedIn(tail: AsyncIterable<readonly Message[]>, size: number): Promise<readonly Message[] | undefined> {
      const last: Message[] = [];
      for await (const messages of tail) last.push(...messages);
      if (place === undefined) return last.length < size ? last : undefined;
      const { time, count } = place.anchor;
      const isCounted = (message: Message | undefined) =>
        message !== undefined && sinceOf(message.time) >= sinceOf(time);
      if (last.length >= size && isCounted(last[0])) return undefined;
      const counted = last.flatMap((message, index) => (isCounted(message) ? [index] : []));
      const index = counted[count - 1];
      return index === undefined ? undefined : last.slice(index + 1);
    },
  };
}

function isRead(message: Message | undefined, { latest }: LogPlace): boolean {
  return message !== undefined && sinceOf(message.time) <= sinceOf(latest);
}

function belongTogether(a: Message, b: Message): boolean {
  return a.stream === b.stream && a.time.slice(0, millisecondDigits) === b.time.slice(0, millisecondDigits);
}

function chunkOf({ stream, time }: Message, members: readonly Message[], place: LogPlace): LogChunk {
  const data = Buffer.concat(members.map((message) => message.data));
  return { stream, time: Date.parse(time), data, position: formatPosition(place) };
}
