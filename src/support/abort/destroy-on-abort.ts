import type { Readable } from 'node:stream';
import { onAbort } from './on-abort.ts';

/** Ends a stream that may never end by itself with the signal's reason; call the result to stop watching. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal): () => void {
  // A stream that nobody reads at that moment would end the process with an unhandled error event.
  stream.on('error', () => undefined);
  return onAbort(signal, () => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  });
}
