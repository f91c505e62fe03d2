import { type ContainerProcesses, findProcesses } from './find-processes.ts';
import { findTask, type TaskState } from './find-task.ts';

/** What could be seen of a container that its engine was about to start. */
export interface StartObservation extends ContainerProcesses {
  /** When that had been seen, in epoch milliseconds. */
  readonly at: number;
  readonly task: TaskState;
}

export async function observeStart(containerId: string): Promise<StartObservation> {
  const processes = await findProcesses(containerId);
  const [shim] = processes.shims;
  const task = shim === undefined ? 'not seen' : await findTask(shim, containerId);
  return { ...processes, task, at: Date.now() };
}
