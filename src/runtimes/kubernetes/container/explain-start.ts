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
  [constants.errno.EROFS, 'Read-only file system'],
  [constants.errno.EISDIR, 'Is a directory'],
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
  readonly stdout?: string;
  readonly stderr?: string;
}

/** What is wrong with the file of a stream, and the fix, by what hold could not do. */
const streams = [
  { what: 'open the standard input', name: 'input', file: 'stdin', fix: 'the user of the container may read it' },
  {
    what: 'open the standard output',
    name: 'output',
    file: 'stdout',
    fix: 'the user of the container may write to it',
  },
  { what: 'open the standard error', name: 'error', file: 'stderr', fix: 'the user of the container may write to it' },
] as const;

/** Why hold did not execute a command. */
export function explainStart(end: Exclude<StepEnd, { kind: 'exited' }>, facts: StartFacts): ExecError {
  if (end.kind === 'refused')
    return new ExecError('RUNTIME_UNAVAILABLE', `The pod does not run the command: ${end.why.replace(/\.$/, '')}.`);
  const { errno, what } = end;
  const reason = words.get(errno) ?? getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
  if (what === 'execute the command') return commandFailed(facts.command, reason);
  const stream = streams.find((each) => each.what === what);
  const path = stream && facts[stream.file];
  if (stream !== undefined && path !== undefined)
    return new ExecError(
      'START_FAILED',
      `The standard ${stream.name} ${path} could not be opened: ${reason}. Check that ${stream.file === 'stdin' ? 'it exists, and that ' : ''}${stream.fix}.`,
      { context: { reason } },
    );
  if (ofRequest.includes(what))
    return new ExecError('START_FAILED', `The container could not be started: it could not ${what}: ${reason}.`);
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The node cannot isolate the container: it could not ${what}: ${reason}. It needs user namespaces for pods, and a seccomp profile RuntimeDefault. Where network policies are enforced, EXEC_KUBE_ISOLATION=policy needs neither.`,
  );
}
