import type { KeepLog } from '../../execution/execution-tools.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';

interface LogPlaces {
  readonly queue: Pick<ExecutionQueue, 'noteLog' | 'orphanedLogs' | 'forgetLogs'>;
  readonly store: ObjectStore;
  /** Names the store: an agent removes only what is in its own. */
  readonly place: string;
}

export function createKeepLog(
  { queue, store, place }: LogPlaces,
  limits: Pick<KeepLog, 'directory' | 'limitBytes'>,
): KeepLog {
  return {
    ...limits,
    async store({ executionId, fence }, body, signal) {
      // An attempt that no longer counts must not write where the one that counts does.
      const name = `executions/${executionId}/log-${fence}.txt`;
      // Noted first: an object that nobody knows of would stay forever.
      if (!(await queue.noteLog(executionId, fence, { store: place, name }))) return undefined;
      await store.put({ name }, body, signal);
      return name;
    },
  };
}

const batch = 100;
const removalMs = 30_000;

/** Removes the outputs of executions whose records are gone. What the store does not remove now is tried again later. */
export async function removeOrphanedLogs({ queue, store, place }: LogPlaces, logger: Logger): Promise<void> {
  const names = await queue.orphanedLogs(place, batch);
  const signal = AbortSignal.timeout(removalMs);
  const removed: string[] = [];
  try {
    for (const name of names) {
      await store.remove({ name }, signal);
      removed.push(name);
    }
  } catch (error) {
    logger.warn({ problem: messageOf(error) }, 'outputs of removed executions stay in the store until it works');
  }
  await queue.forgetLogs(place, removed);
}
