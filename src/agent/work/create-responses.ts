import type { FinishedExecution, Responder, UnreadableExecution } from '../../gateways/gateway.ts';
import type { Answer, LostExecution } from '../../queue/execution-queue.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { EndedStep, Outcome } from '../../wire/record/record.ts';
import type { StepResult } from '../../wire/record/step-result.ts';
import { describe, plainText, type Sentence } from '../../wire/sentence.ts';

type FromGateway = Pick<ExecutionPlan, 'gateway'>;

/** Responses in the words of the gateway that each execution came through. */
export interface Responses {
  /** Undefined: its gateway sends nothing, callers ask for the result. */
  announce(finished: FinishedExecution): Promise<Answer | undefined>;
  announceUnreadable(execution: UnreadableExecution, gateway: string): Answer | undefined;
  describe(plan: FromGateway, sentence: Sentence): string;
}

/** @param responders by the name of their gateway; executions of a gateway that is not here are recorded, not sent */
export function createResponses(responders: ReadonlyMap<string, Responder>): Responses {
  return {
    announce: async (finished) => responders.get(finished.plan.gateway)?.announce(finished),
    announceUnreadable: (execution, gateway) => responders.get(gateway)?.announceUnreadable(execution),
    describe({ gateway }, sentence) {
      const responder = responders.get(gateway);
      return responder === undefined ? plainText(sentence) : describe(sentence, responder.partNames);
    },
  };
}

/** The outcome of an execution whose agent is lost. */
export function agentLost({ plan, attempt, ...left }: LostExecution, now: number): Outcome {
  return {
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
  };
}

function withoutOutput({ container: _, ...step }: EndedStep): StepResult {
  return { ...step, log: { from: 0, to: 0 } };
}
