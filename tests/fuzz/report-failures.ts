import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuzzRequest } from './request/make-request.ts';
import { minimise } from './request/minimise.ts';
import type { Suspicion, Trial } from './suspicion.ts';

// Each is tried many times.
const mostMinimised = 6;
const shownCharacters = 300;
const shownSuspects = 5;

/** Finds out which request it was, makes it smaller as long as it fails alone, and writes it down. */
export async function reportFailures(
  suspicions: readonly Suspicion[],
  trial: Trial,
  { directory, tell }: { readonly directory: string; readonly tell: (line: string) => void },
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [index, { why, requests }] of suspicions.entries()) {
    tell(`FAILED ${why}`);
    const culprit = index < mostMinimised ? await findCulprit(requests, trial) : undefined;
    if (culprit !== undefined) tell(`  alone it fails as well: ${culprit.why}`);
    for (const { number, way, bytes } of culprit === undefined ? requests.slice(0, shownSuspects) : [culprit.request]) {
      const path = join(directory, `${number}.${way}.txt`);
      await writeFile(path, bytes);
      tell(`  request ${number} over ${way}, ${bytes.length} bytes, ${path}: ${show(bytes)}`);
    }
  }
}

async function findCulprit(requests: readonly FuzzRequest[], trial: Trial) {
  for (const request of requests) {
    const why = await trial(request);
    if (why === undefined) continue;
    return { why, request: await minimise(request, async (smaller) => (await trial(smaller)) !== undefined) };
  }
  return undefined;
}

function show(bytes: Buffer): string {
  const shown = JSON.stringify(bytes.toString().slice(0, shownCharacters));
  return bytes.length > shownCharacters ? `${shown} …` : shown;
}
