import type { ExecutionEvent } from '../../wire/live.ts';
import type { EventOptions } from '../exec-client.ts';
import { isExecutionEvent, readData } from '../read-values.ts';
import { readEventStream } from './event-stream.ts';
import type { CallAgent } from './http-caller.ts';
import { isConnectionLoss } from './is-connection-loss.ts';
import { queryOf } from './paths.ts';

/** Listens again when the connection is lost, from where it was; of one execution, from its state then. */
export async function* followEvents(
  { executionId, tenant, signal, onGap }: EventOptions,
  call: CallAgent,
): AsyncGenerator<ExecutionEvent> {
  const path =
    executionId === undefined
      ? `/v1/events?${queryOf({ tenant })}`
      : `/v1/executions/${encodeURIComponent(executionId)}/events`;
  let last: string | undefined;
  for (;;) {
    const resumed = last === undefined || executionId !== undefined ? {} : { 'last-event-id': last };
    const response = await call(path, { headers: { accept: 'text/event-stream', ...resumed }, signal });
    try {
      for await (const { event: kind, id, data } of readEventStream(response.body ?? new ReadableStream())) {
        last = id ?? last;
        if (kind === 'gap') onGap?.();
        if (kind !== 'state') continue;
        const event = readData(data, isExecutionEvent);
        if (event === undefined) continue;
        yield event;
        if (executionId !== undefined && event.state === 'finished') return;
      }
    } catch (error) {
      if (!isConnectionLoss(error, signal)) throw error;
    }
  }
}
