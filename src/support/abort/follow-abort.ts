import { onAbort } from './on-abort.ts';

/**
 * Aborts when the signal does, or some milliseconds later, with its reason; call the result to stop following.
 * (What `AbortSignal.any` makes stays with a long-lived signal.)
 */
export function followAbort(controller: AbortController, signal: AbortSignal, afterMs = 0): () => void {
  let timer: NodeJS.Timeout | undefined;
  const abort = () => controller.abort(signal.reason);
  const stop = onAbort(signal, () => {
    if (afterMs === 0) abort();
    else timer = setTimeout(abort, afterMs);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
