import { Readable } from 'node:stream';
import fc from 'fast-check';
import { ExecError } from '../../../support/exec-error.ts';
import { createOutputDelay } from '../../output-delay.ts';
import type { LogChunk } from '../../runtime.ts';
import { defaultDockerLimits } from '../docker-options.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { followLogs } from './follow-logs.ts';
import { sinceOf } from './log-position.ts';
import type { Message } from './read-messages.ts';

const never = new AbortController().signal;
/** Limits of those that read here. */
export const quick = { retryPauseMs: 0, logReadTries: 3 };

/**
 * An engine with the log of one container; a follower gets only so many of its messages.
 * @param isUnreadable whether a read fails at this message
 */
export function engineWith(
  log: readonly Message[],
  followed: number,
  isUnreadable: (message: Message) => boolean = () => false,
): Engine {
  const refuse = () => {
    throw new ExecError('INTERNAL', 'not asked for');
  };
  return {
    host: 'scripted',
    facts: refuse,
    known: () => undefined,
    losses: () => 0,
    // The container has ended.
    ask: async () => ({ ok: false, status: 404, message: 'no such container' }),
    tell: refuse,
    close: () => undefined,
    async stream({ query = {} }) {
      const since = String(query.since ?? '');
      const from = log.filter((message) => sinceOf(message.time) >= since);
      const shown = query.tail === undefined ? from : from.slice(-Number(query.tail));
      const sent = query.follow === true ? shown.slice(0, followed) : shown;
      const fault = sent.findIndex(isUnreadable);
      const frames = fault < 0 ? sent.map(encode) : [...sent.slice(0, fault).map(encode), encodedFault];
      return { ok: true, value: { body: Readable.from(frames), explain: (error) => error } };
    },
  };
}

function encode({ stream, time, data }: Message): Buffer {
  return frameOf(stream === 'stdout' ? 1 : 2, Buffer.concat([Buffer.from(`${time} `), data]));
}

function frameOf(mark: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = mark;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const encodedFault = frameOf(3, Buffer.from('Error grabbing logs: error unmarshalling log entry: unexpected EOF\n'));

export function messageAt(nanosecond: number, text: string, stream: Message['stream'] = 'stdout'): Message {
  const time = `2026-11-23T02:09:25.${String(nanosecond).padStart(9, '0')}Z`;
  return { stream, time, data: Buffer.from(text) };
}

export function follow(engine: Engine, tailMessages: number, from?: string): AsyncGenerator<LogChunk> {
  const limits = { ...defaultDockerLimits, ...quick, logTailMessages: tailMessages, outputDelay: createOutputDelay() };
  return followLogs(engine, 'id', { signal: never, ...(from === undefined ? {} : { from }) }, limits);
}

export async function read(engine: Engine, tailMessages: number, from?: string): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of follow(engine, tailMessages, from)) chunks.push(chunk);
  return chunks;
}

export function contentOf(chunks: readonly LogChunk[]): string {
  return chunks.map(({ stream, data }) => `${stream}:${Buffer.from(data).toString()}`).join('|');
}

/** Chunks hold several messages; what counts is which bytes each stream got. */
export function byStream(
  parts: readonly { readonly stream: string; readonly data: Uint8Array }[],
): Record<string, string> {
  const text = (stream: string) =>
    parts.filter((part) => part.stream === stream).map((part) => Buffer.from(part.data).toString());
  return { stdout: text('stdout').join(''), stderr: text('stderr').join('') };
}

/** Logs whose messages lie within microseconds. */
export const messages = fc
  .array(
    fc.record({
      nanosecond: fc.integer({ min: 0, max: 6 }),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    }),
    {
      maxLength: 20,
    },
  )
  .map((list) => list.sort((a, b) => a.nanosecond - b.nanosecond))
  .map((list) => list.map(({ nanosecond, stream }, index) => messageAt(nanosecond * 1000, `[${index}]`, stream)));
