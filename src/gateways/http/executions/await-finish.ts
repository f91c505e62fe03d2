import { onAbort } from '../../../support/abort/on-abort.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';

/** The record once the execution has finished, or as it is after that time; undefined when it is gone meanwhile. */
export async function awaitFinish(
  id: string,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  { queue, events }: Pick<HttpOptions, 'queue' | 'events'>,
): Promise<ExecutionRecord | undefined> {
  let wake: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stop = await events.subscribe(({ state }) => {
    if (state === 'finished') wake();
  }, id);
  const timer = setTimeout(wake, ms);
  const release = onAbort(signal, wake);
  try {
    const state = await queue.stateOf(id);
    if (state !== undefined && state !== 'finished') await finished;
    return await queue.findAnyones(id);
  } finally {
    stop();
    clearTimeout(timer);
    release();
  }
}
