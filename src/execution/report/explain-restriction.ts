import { formatBytes } from '../../support/text/bytes.ts';
import type { ExecutionPlan, Step } from '../../wire/plan.ts';

interface Restriction {
  /** Messages that programs print when they hit the restriction. */
  readonly words: RegExp;
  /** Names the setting and the fix; undefined: the restriction does not apply. */
  readonly explain: (plan: ExecutionPlan, step: Step) => string | undefined;
}

// How much of the end of the output is searched.
const looked = 4096;

const restrictions: readonly Restriction[] = [
  {
    words: /Read-only file system|EROFS/i,
    explain: ({ confinement }, { readOnlyRoot }) =>
      readOnlyRoot
        ? `the root filesystem is read-only (container.read_only_root, or the policy’s preset "${confinement.preset}"). Write below /workspace/output, /workspace or /tmp`
        : 'inputs and configuration are read-only. Write below /workspace/output, /workspace or /tmp',
  },
  {
    words: /No space left on device|ENOSPC/i,
    explain: ({ resources }) =>
      `/tmp, /workspace and the root filesystem hold ${formatBytes(resources.scratchBytes)} each (container.resources.disk)${shmOf(resources)}. Write large results to /workspace/output, or ask for more`,
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
      `the container may have ${resources.pids} processes and threads (container.resources.pids). Use fewer, or ask for more`,
  },
  {
    words: /Cannot allocate memory|MemoryError|ENOMEM|out of memory/i,
    explain: ({ resources }) =>
      `the container may use ${formatBytes(resources.memoryBytes)} of memory (container.resources.memory)`,
  },
  {
    words:
      /Network is unreachable|ENETUNREACH|name resolution|EAI_AGAIN|ENOTFOUND|bad address|Could not resolve host|Name or service not known/i,
    explain: ({ network }) =>
      network.mode === 'none'
        ? 'the container has no network (container.network). Bring data as inputs, or call services through service_access'
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
        ? `the container runs as ${user === undefined ? `a user that is not root (the policy’s preset "${confinement.preset}")` : `the user ${user} (container.user)`}`
        : undefined,
  },
];

function shmOf({ shmBytes }: ExecutionPlan['resources']): string {
  return shmBytes === undefined ? '' : `, and /dev/shm holds ${formatBytes(shmBytes)} (container.resources.shm)`;
}

/**
 * Finds the restriction that made a command fail, by the end of its output.
 * @param output stdout and stderr, interleaved
 * @returns undefined when the output names none
 */
export function explainRestriction(output: string, plan: ExecutionPlan, step: Step): string | undefined {
  const end = output.slice(-looked);
  for (const { words, explain } of restrictions) {
    const met = words.exec(end)?.[0];
    const reason = met === undefined ? undefined : explain(plan, step);
    if (reason !== undefined) return `Its output says "${met}": here ${reason}.`;
  }
  return undefined;
}
