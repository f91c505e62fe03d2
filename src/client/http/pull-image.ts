import type { PulledImage, PullProgress } from '../../wire/http/images.ts';
import { ClientError } from '../client-error.ts';
import type { CallOptions } from '../exec-client.ts';
import { isPulledImage, isPullProgress, readData } from '../read-values.ts';
import { readEventStream } from './event-stream.ts';
import { type CallAgent, readProblem } from './http-caller.ts';
import { isConnectionLoss } from './is-connection-loss.ts';

export interface PullOptions extends CallOptions {
  readonly onProgress?: (progress: PullProgress) => void;
}

/** Follows a pull to its end: a pull may take longer than a silent connection lasts. */
export async function pullImage(
  image: string,
  { signal, onProgress }: PullOptions,
  call: CallAgent,
): Promise<PulledImage> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const body = JSON.stringify({ image });
  const response = await call('/v1/images', { method: 'POST', headers, body, signal });
  try {
    for await (const { event, data } of readEventStream(response.body ?? new ReadableStream())) {
      if (event === 'error') {
        const { detail = `${image} could not be pulled.`, code, status } = readProblem(data);
        throw new ClientError(detail, { code, status });
      }
      const progress = event === 'progress' ? readData(data, isPullProgress) : undefined;
      if (progress !== undefined) onProgress?.(progress);
      const pulled = event === 'pulled' ? readData(data, isPulledImage) : undefined;
      if (pulled !== undefined) return pulled;
    }
  } catch (error) {
    if (!isConnectionLoss(error, signal)) throw error;
  }
  throw new ClientError(`The connection was lost while ${image} was pulled. Pull it again.`);
}
