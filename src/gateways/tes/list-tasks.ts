import type { ExecutionQueue, ExecutionSummary, ListFilter } from '../../queue/execution-queue.ts';
import { cursorOf } from '../../queue/records/list-executions.ts';
import { tesGateway } from './tes-options.ts';
import { executionStatesOf, type TaskState, taskStateOf } from './view/task-state.ts';

export interface TaskFilter {
  readonly tenant: string;
  readonly namePrefix?: string | undefined;
  readonly state?: TaskState | undefined;
  /** All have to be there; an empty value stands for any. */
  readonly tags: readonly (readonly [key: string, value: string])[];
}

export interface TaskPage {
  readonly tasks: readonly ExecutionSummary[];
  /** Absent on the last page. */
  readonly next?: string | undefined;
}

/** Executions that are looked at for one page: behind so many that do not match, a page ends early. */
const mostSeen = 20_000;
const seenTogether = 500;

/** One page, newest first. */
export async function listTasks(
  queue: Pick<ExecutionQueue, 'list'>,
  filter: TaskFilter,
  { size, token }: { readonly size: number; readonly token?: string | undefined },
): Promise<TaskPage> {
  if (filter.state !== undefined && executionStatesOf(filter.state).length === 0) return { tasks: [] };
  const asked = indexedPart(filter);
  const tasks: ExecutionSummary[] = [];
  let cursor = token;
  for (let seen = 0; seen < mostSeen; ) {
    const limit = Math.max(1, Math.min(seenTogether, size - tasks.length));
    const { executions, next } = await queue.list(asked, { limit, ...(cursor === undefined ? {} : { cursor }) });
    seen += executions.length;
    for (const execution of executions) {
      if (!matches(execution, filter)) continue;
      tasks.push(execution);
      if (tasks.length === size) {
        const isLast = execution === executions.at(-1) && next === undefined;
        return { tasks, ...(isLast ? {} : { next: cursorOf(execution) }) };
      }
    }
    if (next === undefined) return { tasks };
    cursor = next;
  }
  return { tasks, next: cursor };
}

/** What the queue has an index for. */
function indexedPart({ tenant, state, tags }: TaskFilter): ListFilter {
  const states = state === undefined ? [] : executionStatesOf(state);
  const exact = tags.flatMap(([key, value]) => (value === '' ? [] : [{ key, value }]));
  return {
    tenant,
    gateway: tesGateway,
    ...(states.length === 0 ? {} : { states }),
    ...(exact.length === 0 ? {} : { tags: exact }),
  };
}

function matches(execution: ExecutionSummary, { namePrefix = '', state, tags }: TaskFilter): boolean {
  if (state !== undefined && taskStateOf(execution) !== state) return false;
  if (!(execution.name ?? '').startsWith(namePrefix)) return false;
  return tags.every(([key, value]) => {
    if (!Object.hasOwn(execution.tags, key)) return false;
    return value === '' || execution.tags[key] === value;
  });
}
