import { constants } from 'node:os';
import type { StepEnd } from '../../../wire/pod/pod.ts';
import type { Exit } from '../../../wire/record/record.ts';

type Exited = Extract<StepEnd, { kind: 'exited' }>;

const signalBase = 128;

export interface ExitFacts {
  /** The agent has killed it. */
  readonly wasKilled: boolean;
  /** Why others ended the pod; undefined: they did not. */
  readonly disruption: string | undefined;
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

/** How a command ended, by what hold saw and what its cgroup counted; the status of a pod says less and is wrong at times. */
export function readExit({ code, signal, counters }: Exited, facts: ExitFacts): Exit {
  const exitCode = code ?? signalBase + (signal ?? 0);
  const usage = usageIn(counters);
  const common = { code: exitCode, endedAt: facts.endedAt, ...(usage === undefined ? {} : { usage }) };
  if (facts.disruption !== undefined && exitCode !== 0)
    return { ...common, reason: 'runtime-stopped', why: stoppedBecause(facts.disruption) };
  const killed = countIn(counters['/sys/fs/cgroup/memory.events'], 'oom_kill');
  const kills = killed + countIn(counters['/sys/fs/cgroup/memory/memory.oom_control'], 'oom_kill');
  if (kills === 0 || facts.wasKilled) return { ...common, reason: 'exited' };
  return exitCode === 0 ? { ...common, reason: 'exited', memoryKill: true } : { ...common, reason: 'out-of-memory' };
}

/** How a step ended whose hold was ended with it. @param exitCode undefined: the kubelet reports none */
export function readVanished(exitCode: number | undefined, facts: Omit<ExitFacts, 'wasKilled'>): Exit {
  const { disruption, endedAt } = facts;
  const killed = signalBase + constants.signals.SIGKILL;
  const containerCode = exitCode ?? killed;
  const common = { code: containerCode, endedAt };
  if (disruption !== undefined) return { ...common, reason: 'runtime-stopped', why: stoppedBecause(disruption) };
  // The first process of a container cannot be killed from inside: the kernel ended all of it.
  if (containerCode === killed) return { ...common, reason: 'out-of-memory' };
  return { ...common, reason: 'unknown', why: 'The container ended and left no exit code of its command.' };
}

function stoppedBecause(disruption: string): string {
  return `The pod was ended while the container ran: ${disruption.replace(/\.$/, '')}.`;
}

function usageIn(counters: Exited['counters']): Exit['usage'] {
  const stat = counters['/sys/fs/cgroup/cpu.stat'];
  const nanoseconds = counters['/sys/fs/cgroup/cpuacct/cpuacct.usage'];
  const peak = counters['/sys/fs/cgroup/memory.peak'] ?? counters['/sys/fs/cgroup/memory/memory.max_usage_in_bytes'];
  const cpuSeconds = nanoseconds === undefined ? countIn(stat, 'usage_usec') / 1e6 : Number(nanoseconds) / 1e9;
  if (stat === undefined && nanoseconds === undefined) return undefined;
  return { cpuSeconds, ...(peak === undefined ? {} : { memoryPeakBytes: Number(peak) }) };
}

/** Of a file of lines that each have a name and a number; 0 where there is no such name. */
function countIn(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}
