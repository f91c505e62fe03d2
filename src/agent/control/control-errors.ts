import { ExecError } from '../../support/exec-error.ts';
import type { ExecutionSummary } from '../../wire/http/executions.ts';

export function notFound(id: string): ExecError {
  return new ExecError('INPUT_NOT_FOUND', `Nothing is on record as ${id}. "exec-agent ps --all" lists what is.`);
}

/** @param done what cannot be done with it yet */
export function notFinished({ execution_id: id, state }: ExecutionSummary, done: string): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    `The execution ${id} is ${state}; only what has finished can be ${done}. Wait for it ("exec-agent wait ${id}"), or cancel it.`,
  );
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ExecError && error.code === 'INPUT_NOT_FOUND';
}

export function isRefused(error: unknown): boolean {
  return error instanceof ExecError && error.code === 'POLICY_DENIED';
}
