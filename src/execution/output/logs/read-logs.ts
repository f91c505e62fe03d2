import type { Container } from '../../../runtimes/runtime.ts';
import { ExecError, sentenceOf } from '../../../support/exec-error.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import { sentence } from '../../../wire/sentence.ts';
import type { Journey } from '../../journey.ts';
import { whereToWrite } from '../../report/writable-paths.ts';
import { countLines } from '../count-lines.ts';
import { type LogLimits, withinLimits } from '../log-limits.ts';
import { maskedLogs } from './masked-logs.ts';

export interface LogWatchSignals {
  /** Aborted when reading and measuring must stop. */
  readonly following: AbortSignal;
  /** Aborted with the reason when a container exceeds a limit. */
  readonly overflow: AbortController;
}

export interface LogReading {
  /** Resolves at the end of the output, or at a limit that stops the container. */
  readonly done: Promise<void>;
  /** Number of bytes received so far, including dropped ones. */
  readBytes(): number;
}

/**
 * Reads the output of a container into the transcript, up to the limits. Above them, `stop` stops the container with
 * OUTPUT_TOO_LARGE; `cut` drops the rest, and a mark at the end of the output gives the number of missing bytes.
 */
export function readLogs(container: Container, journey: Journey, signals: LogWatchSignals): LogReading {
  let read = 0;
  const count = (bytes: number) => {
    read += bytes;
  };
  return { done: readAll(container, journey, signals, count), readBytes: () => read };
}

async function readAll(
  container: Container,
  { plan, tools, transcript, report, secrets }: Journey,
  { following, overflow }: LogWatchSignals,
  count: (bytes: number) => void,
): Promise<void> {
  const limits = { bytes: tools.limits.logBytes, lines: tools.limits.logLines };
  let missing = 0;
  const received = { bytes: 0, lines: 0 };
  let reason = '';
  try {
    for await (const chunk of maskedLogs(container.logs({ signal: following }), secrets.mask())) {
      count(chunk.data.length);
      received.bytes += chunk.data.length;
      received.lines += countLines(chunk.data);
      const kept = missing > 0 ? 0 : withinLimits(chunk.data, limits, transcript);
      if (kept > 0) {
        const data = chunk.data.subarray(0, kept);
        transcript.write({ ...chunk, data });
        await transcript.drained();
        tools.observe({ kind: 'log', chunk: { ...chunk, data } });
      }
      if (kept === chunk.data.length) continue;
      reason ||= describeLimit(limits, transcript.writtenBytes());
      missing += chunk.data.length - kept;
      if (tools.limits.logOverflow === 'cut') continue;
      overflow.abort(tooMuchLog(reason, plan));
      break;
    }
  } catch (error) {
    if (!following.aborted) report.warn(sentence`The output could not be read to its end: ${sentenceOf(error)}`);
  }
  transcript.endStreams();
  tools.observe({ kind: 'log end' });
  if (missing === 0) return;
  if (overflow.signal.aborted) return transcript.mark(`the output ends here: the container wrote ${reason}`);
  const dropped = (await container.droppedLogBytes?.(received)) ?? 0;
  // A log that is rotated while it is read may lose pieces, or return some twice.
  const isKnown = dropped !== 'unknown';
  const part = isKnown ? `the last ${missing + dropped} bytes` : 'an unknown number of bytes at the end';
  transcript.mark(`${part} are left out: the container wrote ${reason}`);
  const whole = isKnown ? `The last ${missing + dropped} bytes` : 'An unknown number of bytes at the end';
  report.warn(`${whole} of the output are left out: the container wrote ${reason} to stdout and stderr.`);
}

function describeLimit({ bytes, lines }: LogLimits, writtenBytes: number): string {
  return writtenBytes >= bytes
    ? `more than ${formatBytes(bytes)} (EXEC_LOG_MAX)`
    : `more than ${lines} lines (EXEC_LOG_LINES_MAX)`;
}

function tooMuchLog(what: string, plan: ExecutionPlan): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote ${what} to stdout and stderr and was stopped. Write less, write to a file${whereToWrite(plan)}, or have the limit raised.`,
  );
}
