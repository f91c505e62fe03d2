import { ExecError } from '../../../support/exec-error.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { demultiplex, type Frame } from './demultiplex.ts';

/** What a container wrote at once: a line, or a piece of a long one. */
export interface Message {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly data: Buffer;
}

export interface MessageQuery {
  readonly follow: boolean;
  /** Only messages of this time or later. */
  readonly since?: string | undefined;
  /** Only the last ones. */
  readonly tail?: number | undefined;
  readonly maxMessageBytes: number;
  readonly signal: AbortSignal;
}

const space = 0x20;
const longestTime = 64;

/** The messages of a container's log, as many at a time as arrived together. */
export async function* readMessages(
  engine: Engine,
  containerId: string,
  { follow, since, tail, maxMessageBytes, signal }: MessageQuery,
): AsyncGenerator<readonly Message[]> {
  const answer = await engine.stream({
    method: 'GET',
    path: `/containers/${containerId}/logs`,
    query: { stdout: true, stderr: true, timestamps: true, follow, since, tail },
    signal,
  });
  const { body, explain } = valueOrThrow(answer, 'read the logs of a container');
  try {
    for await (const frames of demultiplex(body, maxMessageBytes)) {
      signal.throwIfAborted();
      yield frames.map(messageOf);
    }
  } catch (error) {
    throw explain(error);
  } finally {
    body.destroy();
  }
}

/** The time that `timestamps` puts in front is cut off. */
function messageOf({ stream, payload }: Frame): Message {
  const end = payload.indexOf(space);
  if (end < 1 || end > longestTime) {
    throw new ExecError('INTERNAL', 'The Docker Engine sent a log message without a time, which cannot be understood');
  }
  return { stream, time: payload.toString('latin1', 0, end), data: payload.subarray(end + 1) };
}
