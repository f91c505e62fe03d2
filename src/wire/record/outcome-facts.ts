import type { Exit, Outcome } from './record.ts';
import type { StepResult } from './step-result.ts';

/** Milliseconds spent in each phase of an execution. */
export interface Phases {
  queued?: number | undefined;
  staged?: number | undefined;
  started?: number | undefined;
  /** While the containers of the steps ran. */
  ran?: number | undefined;
  collected?: number | undefined;
}

type Steps = Pick<Outcome, 'steps'>;

/** The exit of the last container that ran; undefined: none ran. */
export function exitOf({ steps }: Steps): StepResult['exit'] {
  return steps.findLast(({ exit }) => exit !== undefined)?.exit;
}

/** The step that ended the execution; undefined: none did. */
export function failedStepOf({ steps }: Steps): StepResult | undefined {
  return steps.find(({ failure, ignored }) => failure !== undefined && ignored !== true);
}

export function phasesOf({ steps, phases }: Pick<Outcome, 'steps' | 'phases'>): Phases {
  const { collected, ...before } = phases;
  const ran = steps.reduce((sum, { startedAt, finishedAt }) => sum + finishedAt - startedAt, 0);
  return {
    ...before,
    ...(exitOf({ steps }) === undefined ? {} : { ran: toHundredths(ran) }),
    ...(collected === undefined ? {} : { collected }),
  };
}

/** CPU seconds of all steps, and the highest memory peak of one; undefined: not measured. */
export function usageOf({ steps }: Steps): Exit['usage'] {
  const usages = steps.flatMap(({ exit }) => exit?.usage ?? []);
  const cpu = usages.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
  const peaks = usages.flatMap(({ memoryPeakBytes }) => memoryPeakBytes ?? []);
  if (cpu.length + peaks.length === 0) return undefined;
  return {
    ...(cpu.length === 0 ? {} : { cpuSeconds: cpu.reduce((sum, seconds) => sum + seconds) }),
    ...(peaks.length === 0 ? {} : { memoryPeakBytes: Math.max(...peaks) }),
  };
}

/** Rounds milliseconds, because fractions of an epoch time are not exact. */
export function toHundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
