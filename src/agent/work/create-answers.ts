import { outcomeToResponse } from '../../gateways/message/response/outcome-to-response.ts';
import { responseChannelOf } from '../../gateways/message/response/response-channel.ts';
import { responseText } from '../../gateways/message/response/response-text.ts';
import type { Answer, LostExecution } from '../../queue/execution-queue.ts';
import type { ExecutionPlan } from '../../wire/plan.ts';
import type { Attempt, EndedStep, ExecutionRecord, Outcome } from '../../wire/record.ts';
import type { StepResult } from '../../wire/step-result.ts';

interface Finished {
  readonly plan: ExecutionPlan;
  readonly attempt?: Attempt | undefined;
  readonly submittedAt: number;
  readonly outcome: Outcome;
}

/** Recorded outcomes as messages on the answer channel. */
export interface Answers {
  announce(finished: Finished): Answer;
  textOf(record: Extract<ExecutionRecord, { state: 'finished' }>, warnings: readonly string[]): string;
  /** The outcome of an execution whose agent is lost. */
  agentLost(lost: LostExecution, now: number): Outcome;
}

export function createAnswers(options: {
  readonly agent: string;
  readonly channel: string;
  readonly maxBytes: number;
}): Answers {
  const textOf = ({ plan, attempt, submittedAt, outcome }: Finished, warnings: readonly string[]) => {
    const warned = { ...outcome, warnings: [...outcome.warnings, ...warnings] };
    const agent = attempt?.agent ?? options.agent;
    const response = outcomeToResponse({ plan, outcome: warned, attempt: attempt?.number ?? 1, agent, submittedAt });
    return responseText(response, { maxBytes: options.maxBytes });
  };
  return {
    announce: (finished) => ({
      channel: responseChannelOf(finished.plan, options.channel),
      text: textOf(finished, []),
    }),
    textOf,
    agentLost: ({ plan, attempt, ...left }, now) => ({
      failure: {
        code: 'AGENT_LOST',
        message: `The agent ${attempt.agent} that ran this request does not answer any more, so its result is lost. Send the request again.`,
      },
      steps: left.state === 'staging' ? [] : left.steps.map(withoutOutput),
      output: '',
      phases: {},
      warnings: plan.warnings,
      startedAt: now,
      finishedAt: now,
    }),
  };
}

function withoutOutput({ container: _, ...step }: EndedStep): StepResult {
  return { ...step, log: { from: 0, to: 0 } };
}
