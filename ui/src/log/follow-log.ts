import { readEventStream } from '../../../src/client/http/event-stream.ts';
import { ApiError, call } from '../api/call.ts';
import { type LogLine, logUrl } from '../api/executions.ts';
import { pauseBeforeRetry } from '../live/pause-before-retry.ts';
import { endOfUse, inUse, untilInUse } from '../live/tab-in-use.ts';

export interface LogReader {
  onPiece(stream: string, text: string): void;
  onEnd(): void;
  /** What keeps the rest from being read. */
  onProblem(message: string): void;
}

const final = [400, 401, 403, 404];

/** Reads a log to its end. After a broken connection, and in a tab that is shown again, it resumes behind the last piece. */
export async function followLog(id: string, reader: LogReader, signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  let lostAt: number | undefined;
  while (!signal.aborted) {
    await untilInUse(signal);
    try {
      const resumed = last === undefined ? {} : { 'last-event-id': last };
      const headers = { accept: 'text/event-stream', ...resumed };
      const response = await call(logUrl(id), { headers, signal: AbortSignal.any([signal, endOfUse()]) });
      for await (const { event, id: position, data } of readEventStream(response.body ?? new ReadableStream())) {
        lostAt = undefined;
        last = position ?? last;
        if (event === 'end') return reader.onEnd();
        if (event === 'lost')
          return reader.onProblem('A part of this log is no longer kept. Load the page again to see what is left.');
        if (event !== 'log') continue;
        const { stream, text }: LogLine = JSON.parse(data);
        reader.onPiece(stream, text);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!inUse.value) continue;
      if (error instanceof ApiError && final.includes(error.status)) return reader.onProblem(error.message);
    }
    lostAt ??= Date.now();
    const pauseMs = pauseBeforeRetry(Date.now() - lostAt);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
