import { z } from 'zod';
import { plainText } from '../sentence.ts';
import { exitSchema, failureSchema, type StepResult, stepTextLength } from './step-result.ts';

/** What older agents recorded in place of step results: the exit and the duration of the only step. */
const olderSchema = z.looseObject({
  steps: z.undefined().optional(),
  exit: exitSchema.optional(),
  failure: failureSchema.optional(),
  output: z.string(),
  phases: z.looseObject({ ran: z.number().optional(), collected: z.number().optional() }),
  finishedAt: z.number(),
});

/** Returns an older outcome in the current form, and everything else as it is. */
export function upgradeOutcome(stored: unknown): unknown {
  const { success, data } = olderSchema.safeParse(stored);
  return success ? { ...data, steps: stepsOf(data) } : stored;
}

function stepsOf({ exit, failure, output, phases, finishedAt: end }: z.infer<typeof olderSchema>): StepResult[] {
  if (exit === undefined) return [];
  const finishedAt = end - (phases.collected ?? 0);
  const failed = failure !== undefined && (exit.code !== 0 || exit.reason !== 'exited');
  return [
    {
      exit,
      ...(failed ? { failure: { ...failure, message: plainText(failure.message).slice(0, stepTextLength) } } : {}),
      startedAt: finishedAt - (phases.ran ?? 0),
      finishedAt,
      log: { from: 0, to: new TextEncoder().encode(output).length },
    },
  ];
}
