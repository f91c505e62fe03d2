import type { Readable } from 'node:stream';

/** Ends a stream that may never end by itself with the signal's reason; call the result to stop watching. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal): () => void {
  const destroy = () => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  };
  // A stream that nobody reads at that moment would end the process with an unhandled error event.
  stream.on('error', () => undefined);
  if (signal.aborted) destroy();
  signal.addEventListener('abort', destroy, { once: true });
  return () => signal.removeEventListener('abort', destroy);
}
