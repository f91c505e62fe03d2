import { formatBytes } from '../support/bytes.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { Exit, Failure } from '../wire/record.ts';

/** What an exit means for the execution; undefined: nothing went wrong. */
export function failureOf(exit: Exit, { resources }: ExecutionPlan): Failure | undefined {
  switch (exit.reason) {
    case 'out-of-memory':
      return {
        code: 'OUT_OF_MEMORY',
        message: `The container used more than its memory limit of ${formatBytes(resources.memoryBytes)} and was killed. Ask for more with container.resources.memory.`,
      };
    case 'exited':
      return exit.code === 0 ? undefined : { code: 'EXIT_NONZERO', message: exitSentence(exit.code) };
  }
}

function exitSentence(code: number): string {
  const signal = code > 128 && code <= 128 + 64 ? ` (ended by signal ${code - 128})` : '';
  return `The command exited with code ${code}${signal}. Its output says more.`;
}
