import { constants } from 'node:os';
import { formatBytes } from '../../support/text/bytes.ts';
import type { ExecutionPlan, Step } from '../../wire/plan/plan.ts';
import type { Exit, Failure } from '../../wire/record/record.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';
import { explainRestriction } from '../report/explain-restriction.ts';

export interface EndedStep {
  readonly exit: Exit;
  readonly plan: ExecutionPlan;
  readonly step: Step;
  /** The output of the step. */
  readonly output: () => string;
}

/** Returns the failure that an exit means for the execution; undefined: success. */
export function failureOf({ exit, plan, step, output }: EndedStep): Failure | undefined {
  switch (exit.reason) {
    case 'out-of-memory':
      return {
        code: 'OUT_OF_MEMORY',
        message: sentence`${exit.why ?? `The container used more than its memory limit of ${formatBytes(plan.resources.memoryBytes)} and was killed.`} Ask for more with ${part('resources.memory')}.`,
      };
    case 'runtime-stopped':
      return {
        code: 'RUNTIME_UNAVAILABLE',
        message: `${exit.why ?? `The runtime was stopped while the container ran, and ended it with exit code ${exit.code}.`} What the container had written is returned.`,
      };
    case 'unknown':
      return {
        code: 'RUNTIME_UNAVAILABLE',
        message: `${exit.why ?? 'The exit code of the container was lost.'} What the container wrote is returned; whether the command succeeded is not known.`,
      };
    case 'exited': {
      if (exit.code === 0) return undefined;
      const more =
        exit.why ??
        explainRestriction(output(), plan, step) ??
        explainBusError(exit.code, plan) ??
        'Its output says more.';
      return { code: 'EXIT_NONZERO', message: sentence`${exitSentence(exit.code)} ${more}` };
    }
  }
}

// A file in memory has no page for what is written to it.
const busErrorCode = 128 + constants.signals.SIGBUS;

function explainBusError(code: number, { resources: { shmBytes } }: ExecutionPlan): Sentence | undefined {
  if (code !== busErrorCode) return undefined;
  const size = shmBytes === undefined ? '' : ` Here it holds ${formatBytes(shmBytes)}.`;
  return sentence`That is SIGBUS, and mostly means that shared memory in /dev/shm was full.${size} Ask for more with ${part('resources.shm')}.`;
}

function exitSentence(code: number): string {
  const signal = code > 128 && code <= 128 + 64 ? ` (ended by signal ${code - 128})` : '';
  return `The command exited with code ${code}${signal}.`;
}
