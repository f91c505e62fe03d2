import { type ExecError, toExecError } from '../../../support/exec-error.ts';
import type { PlanDraft } from '../../../wire/plan/plan.ts';
import { digestOf } from '../request/fingerprint-of.ts';
import { invalidField } from '../request/invalid-request.ts';
import { parseRequest, type RefusedRequest } from '../request/parse-request.ts';
import { type DraftContext, requestToDraft } from './request-to-draft.ts';

/** What a message is read with; plain data. */
export interface DraftOptions extends Omit<DraftContext, 'warnings'> {
  /** The largest message, in bytes. */
  readonly maxBytes: number;
  /** Why this entry point has no channels to reply to: the end of a sentence; absent: it has. */
  readonly noReplies?: string;
}

/** A message that was read: a draft of its plan, or why it is refused. */
export type DraftedRequest = (DraftedPlan | RefusedRequest) & {
  /** SHA-256 of the text, as base64url: what tells that two messages are the same. */
  readonly digest: string;
};

interface DraftedPlan {
  readonly ok: true;
  readonly draft: PlanDraft;
}

/** The text of a message → what can be planned of it. Holds the thread that it runs on as long as it takes. */
export function draftRequest(text: string, options: DraftOptions): DraftedRequest {
  return { ...draft(text, options), digest: digestOf(text) };
}

function draft(text: string, { maxBytes, noReplies, ...context }: DraftOptions): DraftedPlan | RefusedRequest {
  const parsed = parseRequest(text, { maxBytes });
  if (!parsed.ok) return parsed;
  const { request, warnings } = parsed;
  const { correlation_id: correlationId = null, reply_to: replyTo } = request;
  const refuse = (error: ExecError): RefusedRequest => ({
    ok: false,
    correlationId,
    error,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  if (replyTo !== undefined && noReplies !== undefined) return refuse(invalidField('reply_to', replyTo, noReplies));
  try {
    return { ok: true, draft: requestToDraft(request, { ...context, warnings }) };
  } catch (error) {
    return refuse(toExecError(error));
  }
}
