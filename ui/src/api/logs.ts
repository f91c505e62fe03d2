import type { LogHits } from '../../../src/wire/http/log-hits.ts';
import { ApiError, call, callJson } from './call.ts';
import { logUrl } from './executions.ts';

export type LogHit = LogHits['hits'][number];

/** A part of an output, in whole lines. */
export interface LogPart {
  readonly lines: readonly string[];
  /** From 1. */
  readonly firstLine: number;
  /** Bytes of the output: where the part begins, and where it ends. */
  readonly from: number;
  readonly to: number;
}

/** The end of the output of a finished execution. */
export interface LogEnd {
  /** Bytes of the whole output. */
  readonly size: number;
  /** Absent of an output that is no longer than asked for. */
  readonly part?: LogPart;
}

const noRange = 416;

/** The lines that begin in the last bytes of an output, if it is longer than `mostBytes`. */
export async function getLogEnd(id: string, limit: number, mostBytes: number): Promise<LogEnd> {
  // One byte more tells whether the first line begins here.
  const headers = { range: `bytes=-${limit + 1}` };
  const response = await call(logUrl(id), { headers }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === noRange) return undefined;
    throw error;
  });
  const numberIn = (name: string) => Number(response?.headers.get(name) ?? 0);
  const size = numberIn('x-log-size');
  if (response === undefined || size <= mostBytes) {
    await response?.body?.cancel();
    return { size };
  }
  const [start, linesBefore] = [numberIn('x-log-offset'), numberIn('x-log-lines-before')];
  return { size, part: cutToLines(new Uint8Array(await response.arrayBuffer()), { start, linesBefore, size }) };
}

/** The lines that begin in that part of the output. */
export async function getLogPart(id: string, offset: number, limit: number, size: number): Promise<LogPart> {
  // One byte more tells whether the first line begins here.
  const start = Math.max(0, offset - 1);
  const response = await call(`${logUrl(id)}?offset=${start}&limit=${limit + 1}`);
  const linesBefore = Number(response.headers.get('x-log-lines-before') ?? 0);
  return cutToLines(new Uint8Array(await response.arrayBuffer()), { start, linesBefore, size });
}

interface Cut {
  readonly start: number;
  /** Line feeds before the start. */
  readonly linesBefore: number;
  readonly size: number;
}

const lineFeed = 0x0a;

/** Without the pieces of lines at both ends; a line that fills everything is kept as far as it is there. */
export function cutToLines(bytes: Uint8Array, { start, linesBefore, size }: Cut): LogPart {
  const firstFeed = bytes.indexOf(lineFeed);
  const lastFeed = bytes.lastIndexOf(lineFeed);
  const isEnd = start + bytes.length >= size;
  const begin = start === 0 || firstFeed === -1 ? 0 : firstFeed + 1;
  const end = isEnd || lastFeed < begin ? bytes.length : lastFeed + 1;
  const text = new TextDecoder().decode(bytes.subarray(begin, end));
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { lines, firstLine: linesBefore + (begin === 0 ? 1 : 2), from: start + begin, to: start + end };
}

export function searchLog(id: string, text: string, offset: number, signal: AbortSignal): Promise<LogHits> {
  const query = new URLSearchParams({ q: text, ignore_case: 'true', offset: String(offset), limit: '1000' });
  return callJson(`${logUrl(id)}/search?${query}`, { signal });
}
