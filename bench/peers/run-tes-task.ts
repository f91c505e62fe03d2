import { z } from 'zod';
import { delay } from '../../src/support/time/deadline.ts';

const createdSchema = z.object({ id: z.string() });
const stateSchema = z.object({ state: z.string() });

const goesOn: ReadonlySet<string> = new Set(['QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED', 'UNKNOWN']);
// Rare enough to cost the server little, and short beside any of its tasks.
const lookMs = 5;
const longestMs = 60_000;

export interface TesTask {
  readonly image: string;
  readonly command: readonly string[];
}

/**
 * Runs one task on a server of GA4GH TES 1.1, from the POST until its state is final.
 * @param base `http://HOST:PORT/ga4gh/tes/v1`, or where else the server has `/tasks`
 * @throws when it does not end with COMPLETE
 */
export async function runTesTask(base: string, { image, command }: TesTask): Promise<void> {
  const { id } = createdSchema.parse(
    await fetchJson(`${base}/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ executors: [{ image, command }] }),
    }),
  );
  const end = performance.now() + longestMs;
  while (performance.now() < end) {
    const { state } = stateSchema.parse(await fetchJson(`${base}/tasks/${id}?view=MINIMAL`));
    if (state === 'COMPLETE') return;
    if (!goesOn.has(state)) throw new Error(`the task ${id} ended with ${state}`);
    await delay(lookMs);
  }
  throw new Error(`the task ${id} did not end in time`);
}

async function fetchJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered with ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}
