import { ExecError } from '../../../support/exec-error.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';
import { lineText } from './line-text.ts';
import type { CountedLog } from './read-part.ts';

/** The output of an execution as bytes of UTF-8, which can be read more than once. */
export interface LogSource {
  /** Absent: it still grows, or has lost its beginning. */
  readonly size?: number;
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Present where a part near the end is read without the rest. */
  readonly counted?: (signal: AbortSignal) => CountedLog;
}

type StoredLog = NonNullable<Extract<ExecutionRecord, { state: 'finished' }>['outcome']['log']>;

export type LogParts = Pick<HttpOptions, 'liveLog' | 'store'>;

/** All that is kept of an output: of a finished execution the whole, if the store has it. */
export async function logSourceOf(record: ExecutionRecord, { liveLog, store }: LogParts): Promise<LogSource> {
  if (record.state !== 'finished') {
    const pieces = async function* () {
      for await (const { line } of liveLog.read(record.plan.id)) yield Buffer.from(lineText(line));
    };
    return { open: async () => pieces() };
  }
  const { log, output } = record.outcome;
  if (log !== undefined && (await hasObject(log.name, store))) return storedSource(log, store);
  const text = Buffer.from(output);
  return { size: text.length, open: async () => only(text) };
}

function storedSource({ name, bytes: size, lines }: StoredLog, store: LogParts['store']): LogSource {
  const source = { size, open: async (signal: AbortSignal) => (await store.get({ name }, signal)).body };
  const { getFrom } = store;
  if (getFrom === undefined || lines === undefined) return source;
  const openAt = (signal: AbortSignal) => async (offset: number) => (await getFrom({ name }, offset, signal)).body;
  return { ...source, counted: (signal) => ({ size, lines, openAt: openAt(signal) }) };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** @throws ExecError STORE_UNAVAILABLE */
async function hasObject(name: string, store: LogParts['store']): Promise<boolean> {
  const left = new AbortController();
  try {
    (await store.get({ name }, left.signal)).body.destroy();
    return true;
  } catch (error) {
    // The store of an agent on another host, or somebody removed it: the response still has most of it.
    if (error instanceof ExecError && error.code === 'INPUT_NOT_FOUND') return false;
    throw error;
  } finally {
    left.abort();
  }
}
