import { StringDecoder } from 'node:string_decoder';
import type { ServerSentEvent } from '../../../http/bodies/sse.ts';
import type { LogLine } from '../../../wire/live.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';
import { type LogParts, logSourceOf } from '../logs/log-source.ts';

export interface LogRequest {
  readonly signal: AbortSignal;
  /** The last event that the client has seen. */
  readonly after: string | undefined;
}

/**
 * What a container has written, then what it writes, and at last how it ended. Where the pieces are not kept any more,
 * the whole output comes as one; a client that has seen some of them receives a notice that the rest is there.
 */
export async function* logEvents(
  record: ExecutionRecord,
  { signal, after }: LogRequest,
  options: LogParts & Pick<HttpOptions, 'queue'>,
): AsyncGenerator<ServerSentEvent> {
  const { id } = record.plan;
  const { liveLog, queue } = options;
  const isFinished = async () => ['finished', undefined].includes(await queue.stateOf(id));
  let pieces = 0;
  for await (const { position, line } of liveLog.follow(id, { signal, after, isFinished })) {
    pieces += 1;
    yield { event: 'log', id: position, data: line };
  }
  const last = await queue.findAnyones(id);
  if (last?.state !== 'finished') return;
  const { failure } = last.outcome;
  const isKept = pieces > 0 || (await isAnyKept(id, liveLog));
  if (!isKept && after === undefined)
    for await (const data of keptLog(last, options, signal)) yield { event: 'log', data };
  if (!isKept && after !== undefined)
    yield {
      event: 'lost',
      data: { detail: 'The events after last-event-id are no longer kept. Read the log without it.' },
    };
  yield { event: 'end', data: { state: 'finished', code: failure?.code ?? 'OK' } };
}

async function isAnyKept(id: string, liveLog: HttpOptions['liveLog']): Promise<boolean> {
  for await (const _ of liveLog.read(id)) return true;
  return false;
}

/** What is kept of a log now: of a finished execution all of its output. */
export async function* keptLog(record: ExecutionRecord, parts: LogParts, signal: AbortSignal): AsyncGenerator<LogLine> {
  if (record.state !== 'finished') {
    for await (const { line } of parts.liveLog.read(record.plan.id)) yield line;
    return;
  }
  const { open } = await logSourceOf(record, parts);
  const decoder = new StringDecoder('utf8');
  const time = record.outcome.finishedAt;
  for await (const chunk of await open(signal)) {
    const text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (text !== '') yield { stream: 'stdout', time, text };
  }
}
