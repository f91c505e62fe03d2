import { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';
import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import { type Task, taskSchema } from '../task/task-schema.ts';
import { taskLogsOf, timeOf } from './task-logs.ts';
import { taskStateOf } from './task-state.ts';

export const taskViews = ['MINIMAL', 'BASIC', 'FULL'] as const;

export type TaskView = (typeof taskViews)[number];

const addressSchema = z.object({ task: z.string() });

/** A record as the task that a client sees; all fields are those of TES, and none is null. */
export function viewTask(record: ExecutionRecord, view: TaskView) {
  const { plan, state } = record;
  const code = record.state === 'finished' ? (record.outcome.failure?.code ?? 'OK') : undefined;
  const minimal = { id: plan.id, state: taskStateOf({ state, code }) };
  if (view === 'MINIMAL') return minimal;
  const logs = taskLogsOf(record, view === 'FULL');
  return {
    ...minimal,
    ...taskOf(plan, view === 'FULL'),
    ...(logs.length === 0 ? {} : { logs }),
    creation_time: timeOf(record.submittedAt),
  };
}

function taskOf(plan: ExecutionPlan, full: boolean): Partial<Task> {
  const address = addressSchema.safeParse(plan.address);
  const { data: task } = readJson(address.data?.task ?? '', taskSchema);
  if (task === undefined) return {};
  return full && task.inputs !== undefined ? { ...task, inputs: withContents(task.inputs, plan) } : task;
}

function withContents(inputs: NonNullable<Task['inputs']>, plan: ExecutionPlan): NonNullable<Task['inputs']> {
  const contents = new Map(
    plan.inputs.flatMap((input) => (input.kind === 'inline' ? [[input.origin, input.content]] : [])),
  );
  return inputs.map((input, index) => {
    const content = contents.get(`inputs[${index}]`);
    return content === undefined ? input : { ...input, content };
  });
}
