import type { Readable } from 'node:stream';
import { delay } from '../../../support/time/deadline.ts';
import { backoffOf } from '../../../support/time/with-retries.ts';
import { decodeOutput } from '../../beside/output-frames.ts';
import type { OutputDelay } from '../../output-delay.ts';
import type { LogChunk, LogOptions } from '../../runtime.ts';
import type { PodLine } from '../keep/pod-line.ts';

interface LogSource extends Pick<PodLine, 'check'> {
  output(...asked: Parameters<PodLine['output']>): Promise<Readable>;
}

const longestPiece = 1024 * 1024;
const backoff = { backoffMs: 50, backoffMaxMs: 2_000 };

/**
 * The output of a step of a pod, also across connections that break.
 * @throws ExecError when the pod is lost; the signal's reason
 */
export async function* readLogs(
  line: LogSource,
  step: string,
  { signal, from, outputDelay }: LogOptions & { readonly outputDelay: OutputDelay },
): AsyncGenerator<LogChunk> {
  let position = from === undefined ? 0 : Number(from);
  let failures = 0;
  for (;;) {
    const body = await outputDelay.during(line.output(step, position, signal));
    try {
      for await (const piece of decodeOutput(body, longestPiece)) {
        ({ position } = piece);
        failures = 0;
        yield {
          stream: piece.stream,
          time: Number(piece.time / 1_000_000n),
          data: piece.data,
          position: String(position),
        };
      }
      return;
    } catch {
      signal.throwIfAborted();
      failures += 1;
    } finally {
      body.destroy();
    }
    // The connection is made again from here; a pod that breaks each one must not be asked in a loop.
    await outputDelay.during(line.check(signal));
    await outputDelay.during(delay(backoffOf(failures, backoff), signal));
  }
}
