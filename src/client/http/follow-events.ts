import type { ExecutionEvent } from '../../wire/live.ts';
import type { EventOptions } from '../exec-client.ts';
import { isExecutionEvent, readData } from '../read-values.ts';
import { readEventStream } from './event-stream.ts';
import type { CallAgent } from './http-caller.ts';
import { isConnectionLoss } from './is-connection-loss.ts';

/** Listens again when the connection is lost; what happened in between is only told for one execution: its state. */
export async function* followEvents(
  { executionId, signal }: EventOptions,
  call: CallAgent,
): AsyncGenerator<ExecutionEvent> {
  const path = executionId === undefined ? '/v1/events' : `/v1/executions/${encodeURIComponent(executionId)}/events`;
  for (;;) {
    const response = await call(path, { headers: { accept: 'text/event-stream' }, signal });
    try {
      for await (const { data } of readEventStream(response.body ?? new ReadableStream())) {
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
