import type { ServerSentEvent } from '../../../http/bodies/sse.ts';
import { problemOf } from '../../../http/problem.ts';
import type { ImageStore, PullProgress } from '../../../runtimes/runtime.ts';
import { describeError } from '../../message/part-names.ts';

/** How far a pull is, the latest state where the client reads slowly, and at last its image or why there is none. */
export async function* pullEvents(
  reference: string,
  images: Pick<ImageStore, 'ensure'>,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  let latest: PullProgress | undefined;
  let wake = () => {};
  const onProgress = (progress: PullProgress) => {
    latest = progress;
    wake();
  };
  const last = images.ensure(reference, { pull: 'always', signal, onProgress }).then(
    (image): ServerSentEvent => ({ event: 'pulled', data: { reference, digest: image.digest } }),
    (error: unknown): ServerSentEvent => ({ event: 'error', data: problemOf(error, describeError).problem }),
  );
  for (;;) {
    const next = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined);
    });
    if (latest !== undefined) {
      const progress = latest;
      latest = undefined;
      yield { event: 'progress', data: progressView(progress) };
      continue;
    }
    const ended = await Promise.race([last, next]);
    if (ended === undefined) continue;
    yield ended;
    return;
  }
}

function progressView({ reference, receivedBytes, totalBytes, status }: PullProgress) {
  const total = totalBytes === undefined ? {} : { total_bytes: totalBytes };
  return { reference, received_bytes: receivedBytes, ...total, status };
}
