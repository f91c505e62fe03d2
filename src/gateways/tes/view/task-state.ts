import type { ExecutionState } from '../../../wire/record/record.ts';
import { type ErrorCode, errorCodeNames } from '../../../wire/response/error-codes.ts';

export const taskStates = [
  'UNKNOWN',
  'QUEUED',
  'INITIALIZING',
  'RUNNING',
  'PAUSED',
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
  'PREEMPTED',
  'CANCELING',
] as const;

export type TaskState = (typeof taskStates)[number];

/** How executors fail; anything else that fails is an error of the system, such as an input that does not exist. */
const executorErrors: readonly ErrorCode[] = ['EXIT_NONZERO', 'OUT_OF_MEMORY', 'TIMEOUT', 'START_FAILED'];

interface Facts {
  readonly state: ExecutionState;
  /** `OK` or an error code, once finished. */
  readonly code?: string | undefined;
}

export function taskStateOf({ state, code }: Facts): TaskState {
  switch (state) {
    case 'queued':
      return 'QUEUED';
    case 'staging':
      return 'INITIALIZING';
    case 'running':
    case 'collecting':
      return 'RUNNING';
    case 'finished':
      return finalState(code);
  }
}

function finalState(code: string = 'OK'): TaskState {
  if (code === 'OK') return 'COMPLETE';
  if (code === 'CANCELED') return 'CANCELED';
  const known = errorCodeNames.find((each) => each === code);
  return known !== undefined && executorErrors.includes(known) ? 'EXECUTOR_ERROR' : 'SYSTEM_ERROR';
}

/** The states of executions that a state of tasks can stand for; empty: no task is ever in it. */
export function executionStatesOf(state: TaskState): readonly ExecutionState[] {
  const all: readonly ExecutionState[] = ['queued', 'staging', 'running', 'collecting'];
  if (['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED'].includes(state)) return ['finished'];
  return all.filter((each) => taskStateOf({ state: each }) === state);
}
