import { StringDecoder } from 'node:string_decoder';
import type { Observe } from '../execution/events.ts';
import type { LiveLog } from '../queue/live-log.ts';
import { formatBytes } from '../support/bytes.ts';
import { messageOf } from '../support/exec-error.ts';
import type { Logger } from '../telemetry/log.ts';

/** What may wait for Redis; of a container that writes faster, pieces of the live log are left out, none of its answer. */
const mostWaiting = 1024 ** 2;

/** Carries what a container writes to those who follow it; a follower's log is no reason to fail an execution. */
export function observeLogs(executionId: string, liveLog: Pick<LiveLog, 'write'>, logger: Logger): Observe {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  let waiting = 0;
  let leftOut = 0;
  return (event) => {
    if (event.kind !== 'log') return;
    const { stream, time, data } = event.chunk;
    const text = decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    if (text === '') return;
    if (waiting > 0 && waiting + data.length > mostWaiting) {
      leftOut += data.length;
      return;
    }
    const mark = leftOut === 0 ? '' : `\n[… ${formatBytes(leftOut)} left out …]\n`;
    leftOut = 0;
    waiting += data.length;
    const written = liveLog.write(executionId, { stream, time, text: mark + text }).catch((error: unknown) => {
      logger.debug({ execution: executionId, problem: messageOf(error) }, 'a piece of the live log was lost');
    });
    written.finally(() => {
      waiting -= data.length;
    });
  };
}
