import type { ServerSentEvent } from '../../../http/bodies/sse.ts';
import type { LogLine } from '../../../wire/live.ts';
import type { ExecutionRecord } from '../../../wire/record.ts';
import type { HttpOptions } from '../http-options.ts';

export interface LogRequest {
  readonly signal: AbortSignal;
  /** The last event that the client has seen. */
  readonly after: string | undefined;
}

/**
 * What a container has written, then what it writes, and at last how it ended. Where the pieces are not kept any more,
 * the whole output comes as one; a client that has seen some of them is told that the rest is to be had there.
 */
export async function* logEvents(
  record: ExecutionRecord,
  { signal, after }: LogRequest,
  { liveLog, queue }: Pick<HttpOptions, 'liveLog' | 'queue'>,
): AsyncGenerator<ServerSentEvent> {
  const { id } = record.plan;
  const isFinished = async () => ['finished', undefined].includes(await queue.stateOf(id));
  let pieces = 0;
  for await (const { position, line } of liveLog.follow(id, { signal, after, isFinished })) {
    pieces += 1;
    yield { event: 'log', id: position, data: line };
  }
  const last = await queue.findAnyones(id);
  if (last?.state !== 'finished') return;
  const { output, finishedAt, failure } = last.outcome;
  const isKept = pieces > 0 || (await isAnyKept(id, liveLog));
  if (!isKept && output !== '')
    yield after === undefined
      ? { event: 'log', data: { stream: 'stdout', time: finishedAt, text: output } }
      : {
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
export async function* keptLog(
  record: ExecutionRecord,
  { liveLog }: Pick<HttpOptions, 'liveLog'>,
): AsyncGenerator<LogLine> {
  if (record.state === 'finished') {
    const { output, finishedAt } = record.outcome;
    if (output !== '') yield { stream: 'stdout', time: finishedAt, text: output };
  } else {
    for await (const { line } of liveLog.read(record.plan.id)) yield line;
  }
}
