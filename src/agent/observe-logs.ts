import { StringDecoder } from 'node:string_decoder';
import type { Observe } from '../execution/events.ts';
import type { LiveLog } from '../queue/live-log.ts';
import { messageOf } from '../support/exec-error.ts';
import type { Logger } from '../telemetry/log.ts';

/** Carries what a container writes to those who follow it; a follower's log is no reason to fail an execution. */
export function observeLogs(executionId: string, liveLog: LiveLog, logger: Logger): Observe {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  return (event) => {
    if (event.kind !== 'log') return;
    const { stream, time, data } = event.chunk;
    const text = decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    if (text === '') return;
    liveLog.write(executionId, { stream, time, text }).catch((error: unknown) => {
      logger.debug({ execution: executionId, problem: messageOf(error) }, 'a piece of the live log was lost');
    });
  };
}
