import { formatBytes } from '../../support/text/bytes.ts';
import type { PlanDraft } from '../../wire/plan/plan.ts';
import { type PlanPart, part, sentence } from '../../wire/sentence.ts';
import type { Finding, PolicySettings } from '../policy/policy.ts';

/** Holds what a request asks for against the maxima; what it leaves open gets a default, which is below them. */
export function judgeLimits(draft: PlanDraft, { maxima }: PolicySettings): readonly Finding[] {
  const { cpus, memoryBytes, pids, scratchBytes, shmBytes, gpus } = draft.resources;
  const asked = gpus === 'all' ? Number.POSITIVE_INFINITY : gpus;
  const seconds = (value: number) => `${value} s`;
  const gpuCount = (value: number) => (value === Number.POSITIVE_INFINITY ? 'all' : String(value));
  return [
    judge('timeout', 'timeout', draft.timeoutSeconds, maxima.timeoutSeconds, seconds),
    judge('resources.cpus', 'cpus', cpus, maxima.cpus, String),
    judge('resources.memory', 'memory', memoryBytes, maxima.memoryBytes, formatBytes),
    judge('resources.pids', 'pids', pids, maxima.pids, String),
    judge('resources.scratch', 'disk', scratchBytes, maxima.scratchBytes, formatBytes),
    judge('resources.shm', 'shm', shmBytes, maxima.shmBytes, formatBytes),
    judge('resources.gpus', 'gpus', asked, maxima.gpus, gpuCount),
    judge('priority', 'priority', draft.priority, maxima.priority, String),
  ].flat();
}

function judge(
  asks: PlanPart,
  name: string,
  asked: number | undefined,
  max: number | undefined,
  show: (value: number) => string,
): readonly Finding[] {
  if (asked === undefined || max === undefined) return [];
  const setting = `maxima.${name}`;
  if (asked <= max)
    return [
      { setting, verdict: 'passes', says: sentence`${part(asks)} ${show(asked)} is within the ${show(max)} allowed` },
    ];
  const says = sentence`${part(asks)}: ${show(asked)} is more than the ${show(max)} allowed here.`;
  return [{ setting, verdict: 'refuses', says, code: 'INVALID_REQUEST' }];
}
