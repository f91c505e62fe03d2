import type { PlanDraft, Step } from '../../../wire/plan/plan.ts';
import { fitsBytes, maxArgumentBytes } from '../../../wire/request/request-limits.ts';
import { serviceVariables } from '../../message/draft/service-urls.ts';
import { invalidField } from '../../message/request/invalid-request.ts';
import { type TesOptions, tesGateway } from '../tes-options.ts';
import { type PlacedTask, placeTask, type StreamName } from './place-task.ts';
import { inputsOf, outputsOf } from './task-data.ts';
import { containerPath } from './task-paths.ts';
import { resourcesOf } from './task-resources.ts';
import type { Task } from './task-schema.ts';
import { volumesOf } from './task-volumes.ts';

export interface DraftContext extends Pick<TesOptions, 'servicePort' | 'tesNetwork'> {
  readonly executionId: string;
  readonly tenant: string;
}

/**
 * A task as a plan that leaves open what the task leaves open.
 * @throws ExecError INVALID_REQUEST naming the field
 */
export function taskToDraft(task: Task, { executionId, tenant, servicePort, tesNetwork }: DraftContext): PlanDraft {
  const placed = placeTask(task);
  const asked = resourcesOf(task, tesNetwork);
  const variables = serviceVariables(asked.network.services, servicePort);
  const { volumes, scratch, directories } = volumesOf(placed);
  return {
    version: 1,
    id: executionId,
    correlationId: null,
    tenant,
    ...(task.name === undefined || task.name === '' ? {} : { name: task.name }),
    tags: task.tags ?? {},
    ...asked,
    steps: task.executors.map((_, index) => stepOf(task, index, placed, variables)),
    volumes: [...volumes],
    scratch: [...scratch],
    inputs: [...directories, ...inputsOf(placed)],
    outputs: [...outputsOf(placed)],
    returnLogs: true,
    retry: { attempts: 1, onExit: false },
    gateway: tesGateway,
    address: { task: JSON.stringify(withoutContents(task)) },
    warnings: [],
  };
}

function stepOf(
  { executors }: Task,
  index: number,
  { streams }: PlacedTask,
  variables: Readonly<Record<string, string>>,
): Step {
  const field = `executors[${index}]`;
  const executor = executors[index];
  if (executor === undefined) throw invalidField('executors', executors.length, 'is too few.');
  const { image, command, workdir, env = {}, ignore_error: ignoreError = false } = executor;
  const opened = streams.filter(({ executor: of }) => of === index);
  const pathOf = (name: StreamName) => opened.find(({ stream }) => stream === name)?.path;
  const [stdin, stdout, stderr] = [pathOf('stdin'), pathOf('stdout'), pathOf('stderr')];
  checkVariables(`${field}.env`, env);
  if (command[0] === '') throw invalidField(`${field}.command[0]`, '', 'names no program. Name one.');
  return {
    image: { reference: image, pull: 'missing' },
    entrypoint: command,
    env: { ...env, ...variables },
    ...(workdir === undefined ? {} : { workingDir: containerPath(`${field}.workdir`, workdir) }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
    readOnlyRoot: false,
    ignoreError,
  };
}

function checkVariables(field: string, env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || /[=\0]/.test(name)) throw invalidField(field, name, 'is no name of a variable. Correct it.');
    if (value.includes('\0')) throw invalidField(`${field}.${name}`, value, 'holds a NUL. Leave it out.');
    if (!fitsBytes(`${name}=${value}`, maxArgumentBytes))
      throw invalidField(`${field}.${name}`, value, `has more than ${maxArgumentBytes} bytes. Use an input file.`);
  }
}

/** They are in the inputs of the plan. */
function withoutContents({ inputs, ...task }: Task): Task {
  return inputs === undefined ? task : { ...task, inputs: inputs.map(({ content: _, ...input }) => input) };
}
