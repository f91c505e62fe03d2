import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Runtime } from '../../runtimes/runtime.ts';
import { errnoOf } from '../../support/exec-error.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { type Clock, systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createAgentId, mayBeAlive } from '../agent-identity.ts';

// A note that is still being written.
const unfinished = '.new';

const noteSchema = z.object({
  /** The process that runs it, so that another process can check whether it is alive. */
  agent: z.string(),
  deployment: z.string(),
  /** The driver that its sandbox belongs to. */
  runtime: z.string(),
  /** Epoch milliseconds: when what it left was first removed. */
  sweptAt: z.number().optional(),
});

// An engine may still make a container that the run asked for before it was killed.
const settleMs = 10 * 60_000;

/**
 * Runs without a queue are on no record, so each leaves a note in the data directory for as long as it lives.
 * @returns a function that removes it
 */
export async function noteLocalRun(dataDir: string, deployment: string, runtime: string): Promise<() => Promise<void>> {
  const directory = notesIn(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, deployment);
  const note: z.infer<typeof noteSchema> = { agent: await createAgentId(), deployment, runtime };
  await writeNote(path, note);
  return () => rm(path, { force: true });
}

async function writeNote(path: string, note: z.infer<typeof noteSchema>): Promise<void> {
  await writeFile(`${path}${unfinished}`, JSON.stringify(note), { mode: 0o600 });
  await rename(`${path}${unfinished}`, path);
}

/**
 * Removes what runs left here that were killed. Those of another runtime are left to the next agent that uses it. Notes stay
 * for a while: what such a run asked its engine for may come after the first look.
 */
export async function sweepLocalRuns(
  dataDir: string,
  runtime: Pick<Runtime, 'name' | 'sweep'>,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<void> {
  for (const name of await namesIn(notesIn(dataDir))) {
    if (name.endsWith(unfinished)) continue;
    const path = join(notesIn(dataDir), name);
    const note = await readNote(path);
    if (note === undefined || note.runtime !== runtime.name || (await mayBeAlive(note.agent))) continue;
    const swept = await runtime.sweep(note.deployment, async () => false);
    const { sweptAt = clock.now() } = note;
    if (clock.now() - sweptAt >= settleMs) await rm(path, { force: true });
    else if (note.sweptAt === undefined) await writeNote(path, { ...note, sweptAt });
    if (swept.length > 0) logger.info({ swept, of: note.agent }, 'what a run left that was killed was removed');
  }
}

function notesIn(dataDir: string): string {
  return join(resolve(dataDir), 'runs');
}

/** undefined: its run has ended meanwhile. */
async function readNote(path: string): Promise<z.infer<typeof noteSchema> | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return noteSchema.parse(JSON.parse(text));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
