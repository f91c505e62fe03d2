import { StringDecoder } from 'node:string_decoder';
import type { Observe } from '../../execution/events.ts';
import { omissionMark } from '../../execution/output/bounded-text.ts';
import type { LastPlaces, LiveLog, LogLine } from '../../queue/live-log.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';

/** Maximum output that waits for Redis. If a container writes faster, the live log loses pieces; the response does not. */
const mostWaiting = 1024 ** 2;

export interface ObservedLog {
  readonly executionId: string;
  readonly attempt: number;
  /** The step that writes first. */
  readonly step: number;
  /** What another agent has written of that step: the container's output comes again from its beginning. */
  readonly written?: LastPlaces;
}

/** What names the pieces of one step of one attempt. */
export function logAttempt(attempt: number, step: number): string {
  return `${attempt}.${step}`;
}

/** Sends live output to subscribers. An error of the live log never fails the execution. */
export function observeLogs(observed: ObservedLog, liveLog: Pick<LiveLog, 'write'>, logger: Logger): Observe {
  const { executionId, attempt, written = {} } = observed;
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const lastTimes = { stdout: 0, stderr: 0 };
  /** Bytes of each stream so far, also of what was left out. */
  let ends = { stdout: 0, stderr: 0 };
  let known = { stdout: written.stdout?.end ?? 0, stderr: written.stderr?.end ?? 0 };
  let step = observed.step;
  let total = Math.max(written.stdout?.to ?? 0, written.stderr?.to ?? 0);
  let waiting = 0;
  let leftOut = 0;

  const write = (stream: LogLine['stream'], time: number, text: string) => {
    const mark = leftOut === 0 ? '' : `\n${omissionMark(leftOut)}\n`;
    if (mark === '' && text === '') return;
    const bytes = Buffer.byteLength(text);
    const from = total;
    total += leftOut + bytes;
    leftOut = 0;
    waiting += bytes;
    const place = { attempt: logAttempt(attempt, step), from, to: total, end: ends[stream] };
    const done = liveLog.write(executionId, { stream, time, text: mark + text }, place).catch((error: unknown) => {
      logger.debug({ execution: executionId, problem: messageOf(error) }, 'a piece of the live log was lost');
    });
    done.finally(() => {
      waiting -= bytes;
    });
  };

  /** Without what another agent has written. */
  const take = (stream: LogLine['stream'], text: string): string => {
    const bytes = Buffer.from(text);
    const again = Math.min(Math.max(known[stream] - ends[stream], 0), bytes.length);
    ends[stream] += bytes.length;
    return again === 0 ? text : bytes.subarray(again).toString();
  };

  return (event) => {
    if (event.kind === 'log') {
      const { stream, time, data } = event.chunk;
      lastTimes[stream] = time;
      const text = take(stream, decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
      const bytes = Buffer.byteLength(text);
      if (waiting > 0 && waiting + bytes > mostWaiting) leftOut += bytes;
      else if (bytes > 0) write(stream, time, text);
    } else if (event.kind === 'log end') {
      // An unfinished character and the mark of what was left out are all there is to say, so they need no room.
      for (const stream of ['stdout', 'stderr'] as const)
        write(stream, lastTimes[stream], take(stream, decoders[stream].end()));
      step += 1;
      ends = { stdout: 0, stderr: 0 };
      known = { stdout: 0, stderr: 0 };
    }
  };
}
