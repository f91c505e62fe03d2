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
    async store(executionId, body, signal) {
      const name = logObjectOf(executionId);
      // Noted first: an object that nobody knows of would stay forever.
      await queue.noteLog(executionId, place);
      await store.put({ name }, body, signal);
      return name;
    },
  };
}

const batch = 100;
const removalMs = 30_000;

/** Removes the outputs of executions whose records are gone. What the store does not remove now is tried again later. */
export async function removeOrphanedLogs({ queue, store, place }: LogPlaces, logger: Logger): Promise<void> {
  const ids = await queue.orphanedLogs(place, batch);
  const signal = AbortSignal.timeout(removalMs);
  const removed: string[] = [];
  try {
    for (const id of ids) {
      await store.remove({ name: logObjectOf(id) }, signal);
      removed.push(id);
    }
  } catch (error) {
    logger.warn({ problem: messageOf(error) }, 'outputs of removed executions stay in the store until it works');
  }
  await queue.forgetLogs(place, removed);
}

function logObjectOf(executionId: string): string {
  return `executions/${executionId}/log.txt`;
}
