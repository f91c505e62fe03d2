import { formatBytes } from '../../support/text/bytes.ts';
import type { ExecutionPlan, Step } from '../../wire/plan/plan.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';
import { listed, whereToWrite, writablePaths } from './writable-paths.ts';

interface Restriction {
  /** Messages that programs print when they hit the restriction. */
  readonly words: RegExp;
  /** Names the setting and the fix; undefined: the restriction does not apply. */
  readonly explain: (plan: ExecutionPlan, step: Step) => Sentence | undefined;
}

// How much of the end of the output is searched.
const looked = 4096;

const restrictions: readonly Restriction[] = [
  {
    words: /Read-only file system|EROFS/i,
    explain: (plan, { readOnlyRoot }) =>
      readOnlyRoot
        ? sentence`the root filesystem is read-only (${part('readOnlyRoot')}, or the policy’s preset "${plan.confinement.preset}"). Write below ${writablePaths(plan)}`
        : `inputs and configuration are read-only. Write below ${writablePaths(plan)}`,
  },
  {
    words: /No space left on device|ENOSPC/i,
    explain: (plan) =>
      sentence`${listed([...plan.scratch, 'the root filesystem'], 'and')} hold ${formatBytes(plan.resources.scratchBytes)} each (${part('resources.scratch')})${shmOf(plan.resources)}. Write large results${whereToWrite(plan)}, or ask for more`,
  },
  {
    words: /Too many open files|EMFILE/i,
    explain: ({ resources }) =>
      resources.openFiles === undefined
        ? undefined
        : `a process may have ${resources.openFiles} files open (EXEC_OPEN_FILES, or the policy’s container.open_files)`,
  },
  {
    words:
      /can't fork|cannot fork|fork: |Resource temporarily unavailable|can't start new thread|pthread_create|EAGAIN/i,
    explain: ({ resources }) =>
      sentence`the container may have ${resources.pids} processes and threads (${part('resources.pids')}). Use fewer, or ask for more`,
  },
  {
    words: /Cannot allocate memory|MemoryError|ENOMEM|out of memory/i,
    explain: ({ resources }) =>
      sentence`the container may use ${formatBytes(resources.memoryBytes)} of memory (${part('resources.memory')})`,
  },
  {
    words:
      /Network is unreachable|ENETUNREACH|name resolution|EAI_AGAIN|ENOTFOUND|bad address|Could not resolve host|Name or service not known/i,
    explain: ({ network }) =>
      network.mode === 'none'
        ? sentence`the container has no network (${part('network.mode')}). Bring data as inputs, or call services through ${part('network.services')}`
        : undefined,
  },
  {
    words: /Operation not permitted|EPERM|Bad system call/i,
    explain: ({ confinement: { preset, capabilities } }) =>
      capabilities === 'engine'
        ? 'system calls are filtered, and there is no way to new privileges'
        : `root in a container has the capabilities ${capabilities.join(', ') || '(none)'} and no others (the policy’s preset "${preset}")`,
  },
  {
    words: /Permission denied|EACCES/i,
    explain: ({ confinement }, { user }) =>
      confinement.user === 'never-root' || user !== undefined
        ? sentence`the container runs as ${user === undefined ? `a user that is not root (the policy’s preset "${confinement.preset}")` : sentence`the user ${user} (${part('user')})`}`
        : undefined,
  },
];

function shmOf({ shmBytes }: ExecutionPlan['resources']): Sentence {
  return shmBytes === undefined
    ? ''
    : sentence`, and /dev/shm holds ${formatBytes(shmBytes)} (${part('resources.shm')})`;
}

/**
 * Finds the restriction that made a command fail, by the end of its output.
 * @param output stdout and stderr, interleaved
 * @returns undefined when the output names none
 */
export function explainRestriction(output: string, plan: ExecutionPlan, step: Step): Sentence | undefined {
  const end = output.slice(-looked);
  for (const { words, explain } of restrictions) {
    const met = words.exec(end)?.[0];
    if (met === undefined) continue;
    const reason = explain(plan, step);
    if (reason !== undefined) return sentence`Its output says "${met}": here ${reason}.`;
  }
  return undefined;
}
