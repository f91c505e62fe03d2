import { stringifyJson } from '../../../support/json/json.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { FinishedExecution, Responder } from '../../gateway.ts';
import { partNames } from '../part-names.ts';
import { outcomeToResponse } from './outcome-to-response.ts';
import { refusalToResponse } from './refusal-to-response.ts';
import { replyToOf } from './reply-address.ts';
import { answerOn, responseChannelOf } from './response-channel.ts';
import { responseText } from './response-text.ts';

export interface MessageResponder extends Responder {
  /** The response to a finished execution as JSON text, with further warnings. */
  textOf(record: Extract<ExecutionRecord, { state: 'finished' }>, warnings: readonly string[]): Promise<string>;
}

interface MessageResponderOptions {
  /** Named in responses of executions that no agent took. */
  readonly agent: string;
  /** The common response channel. */
  readonly channel: string;
  readonly maxBytes: number;
}

/** A graph goes into the text as it is: parsing a large one takes seconds. */
const notRead = () => null;

/** Responses as JSON messages on Redis channels and streams. */
export function createMessageResponder({ agent, channel, maxBytes }: MessageResponderOptions): MessageResponder {
  const textOf = async (finished: FinishedExecution, warnings: readonly string[]) => {
    const { plan, attempt, submittedAt, outcome } = finished;
    const warned = { ...outcome, warnings: [...outcome.warnings, ...warnings] };
    const facts = { attempt: attempt?.number ?? 1, agent: attempt?.agent ?? agent, submittedAt };
    const response = outcomeToResponse({ plan, outcome: warned, ...facts }, notRead);
    return responseText(response, { maxBytes, graph: outcome.collected?.graph });
  };
  return {
    partNames,
    textOf,
    async announce(finished) {
      const { tenant, address } = finished.plan;
      const to = responseChannelOf({ tenant, replyTo: replyToOf(address) }, channel);
      return answerOn(to, await textOf(finished, []), channel);
    },
    announceUnreadable(execution) {
      const to = responseChannelOf({ tenant: execution.tenant }, channel);
      return answerOn(to, stringifyJson(refusalToResponse(execution)), channel);
    },
  };
}
