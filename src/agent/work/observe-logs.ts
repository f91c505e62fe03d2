import { StringDecoder } from 'node:string_decoder';
import type { Observe } from '../../execution/events.ts';
import { omissionMark } from '../../execution/output/bounded-text.ts';
import type { LiveLog, LogLine } from '../../queue/live-log.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';

/** Maximum output that waits for Redis. If a container writes faster, the live log loses pieces; the response does not. */
const mostWaiting = 1024 ** 2;

/** Sends live output to subscribers. An error of the live log never fails the execution. */
export function observeLogs(executionId: string, liveLog: Pick<LiveLog, 'write'>, logger: Logger): Observe {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  let waiting = 0;
  let leftOut = 0;
  const lastTimes = { stdout: 0, stderr: 0 };

  const write = (stream: LogLine['stream'], time: number, text: string) => {
    const mark = leftOut === 0 ? '' : `\n${omissionMark(leftOut)}\n`;
    if (mark === '' && text === '') return;
    leftOut = 0;
    const bytes = Buffer.byteLength(text);
    waiting += bytes;
    const written = liveLog.write(executionId, { stream, time, text: mark + text }).catch((error: unknown) => {
      logger.debug({ execution: executionId, problem: messageOf(error) }, 'a piece of the live log was lost');
    });
    written.finally(() => {
      waiting -= bytes;
    });
  };

  return (event) => {
    if (event.kind === 'log') {
      const { stream, time, data } = event.chunk;
      lastTimes[stream] = time;
      const text = decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      const bytes = Buffer.byteLength(text);
      if (waiting > 0 && waiting + bytes > mostWaiting) leftOut += bytes;
      else if (bytes > 0) write(stream, time, text);
    } else if (event.kind === 'log end') {
      // An unfinished character and the mark of what was left out are all there is to say, so they need no room.
      for (const stream of ['stdout', 'stderr'] as const) write(stream, lastTimes[stream], decoders[stream].end());
    }
  };
}
