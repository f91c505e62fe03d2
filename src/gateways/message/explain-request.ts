import { randomUUID } from 'node:crypto';
import { judgePlan } from '../../admission/admit-plan.ts';
import { judgeImage } from '../../admission/judge/judge-image.ts';
import type { Finding, Policy } from '../../admission/policy/policy.ts';
import { parseImageReference } from '../../support/names/image-reference.ts';
import type { PlanDraft } from '../../wire/plan/plan.ts';
import { describe } from '../../wire/sentence.ts';
import { requestToDraft } from './draft/request-to-draft.ts';
import { partNames } from './part-names.ts';
import { parseRequest } from './request/parse-request.ts';

export interface Question {
  /** The request as JSON. */
  readonly text: string;
  readonly tenant: string;
  /** What the image's name is taken to stand for; absent: that is not known. */
  readonly digest?: string | undefined;
  readonly policy: Policy;
  readonly config: {
    /** Maximum size of a request. */
    readonly messageBytes: number;
    readonly responseChannel: string;
    readonly servicePort: number;
  };
}

/** With its sentence in the words of requests. */
export type ExplainedFinding = Omit<Finding, 'says'> & { readonly says: string };

export interface Explanation {
  readonly admitted: boolean;
  readonly findings: readonly ExplainedFinding[];
}

/**
 * What each rule says of a request.
 * @throws ExecError INVALID_REQUEST for what is no request
 */
export function explainRequest({ text, tenant, digest, policy, config }: Question): Explanation {
  const parsed = parseRequest(text, { maxBytes: config.messageBytes });
  if (!parsed.ok) throw parsed.error;
  const { responseChannel, servicePort } = config;
  const context = { executionId: randomUUID(), gateway: 'local', tenant, warnings: [], responseChannel, servicePort };
  const draft = requestToDraft(parsed.request, context);
  const { settings, findings } = judgePlan(draft, policy);
  const all = digest === undefined ? findings : [...findings, ...whenKnown(draft, digest, settings)];
  const explained = all.map((finding) => ({ ...finding, says: describe(finding.says, partNames) }));
  return { admitted: all.every(({ verdict }) => verdict !== 'refuses'), findings: explained };
}

function whenKnown(draft: PlanDraft, digest: string, settings: Parameters<typeof judgeImage>[1]): readonly Finding[] {
  return draft.steps
    .filter(({ image }) => image.reference !== 'host')
    .flatMap(({ image }) =>
      judgeImage({ reference: parseImageReference(image.reference), digests: [digest] }, settings),
    );
}
