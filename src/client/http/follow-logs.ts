import type { LogLine } from '../../wire/live.ts';
import { ClientError } from '../client-error.ts';
import { isLogLine, readData } from '../read-values.ts';
import { readEventStream } from './event-stream.ts';
import type { CallAgent } from './http-caller.ts';
import { isConnectionLoss } from './is-connection-loss.ts';

/** Goes on after the last piece when the connection is lost. */
export async function* followLogs(path: string, call: CallAgent, signal?: AbortSignal): AsyncGenerator<LogLine> {
  let last: string | undefined;
  for (;;) {
    const resumed = last === undefined ? undefined : { 'last-event-id': last };
    const response = await call(path, { headers: { accept: 'text/event-stream', ...resumed }, signal });
    try {
      for await (const { event, id, data } of readEventStream(response.body ?? new ReadableStream())) {
        last = id ?? last;
        const line = event === 'log' ? readData(data, isLogLine) : undefined;
        if (line !== undefined) yield line;
        if (event === 'end') return;
        if (event === 'lost')
          throw new ClientError('The rest of the log is not kept any more as pieces; read it again.');
      }
    } catch (error) {
      if (!isConnectionLoss(error, signal)) throw error;
    }
  }
}
