import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { ExecError } from '../../../support/exec-error.ts';
import type { StepEnd } from '../../../wire/pod/pod.ts';
import { commandFailed } from '../../command/explain-failed-exec.ts';

/** In the words of the C library, which users know. */
const words: ReadonlyMap<number, string> = new Map([
  [constants.errno.ENOENT, 'No such file or directory'],
  [constants.errno.EACCES, 'Permission denied'],
  [constants.errno.EPERM, 'Operation not permitted'],
  [constants.errno.ENOEXEC, 'Exec format error'],
  [constants.errno.ENOTDIR, 'Not a directory'],
  [constants.errno.E2BIG, 'Argument list too long'],
]);

/** Steps of hold that depend on the request; the others depend on the node. */
const ofRequest = [
  'enter the working directory',
  'set the groups',
  'set the group',
  'set the user',
  'set a resource limit',
];

export interface StartFacts {
  readonly command: string;
  readonly stdin?: string;
}

/** Why hold did not execute a command. */
export function explainStart(end: Exclude<StepEnd, { kind: 'exited' }>, { command, stdin }: StartFacts): ExecError {
  if (end.kind === 'refused')
    return new ExecError('RUNTIME_UNAVAILABLE', `The pod does not run the command: ${end.why}.`);
  const { errno, what } = end;
  const reason = words.get(errno) ?? getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
  if (what === 'execute the command') return commandFailed(command, reason);
  if (what === 'open the standard streams' && stdin !== undefined)
    return new ExecError(
      'START_FAILED',
      `The standard input ${stdin} could not be opened: ${reason}. Check that it exists, and that the user of the container may read it.`,
      { context: { reason } },
    );
  if (ofRequest.includes(what))
    return new ExecError('START_FAILED', `The container could not be started: it could not ${what}: ${reason}.`);
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The node cannot isolate the container: it could not ${what}: ${reason}. It needs user namespaces for pods, and a seccomp profile RuntimeDefault.`,
  );
}
