import { ExecError } from '../support/exec-error.ts';
import { parseImageReference } from '../support/names/image-reference.ts';
import type { ExecutionPlan, PlanDraft } from '../wire/plan/plan.ts';
import { part, sentence } from '../wire/sentence.ts';
import { judgeAccess } from './judge/judge-access.ts';
import { judgeImage } from './judge/judge-image.ts';
import { judgeLimits } from './judge/judge-limits.ts';
import { judgeOffers } from './judge/judge-offers.ts';
import type { Finding, Policy, PolicySettings } from './policy/policy.ts';
import { settlePolicy } from './policy/settle-policy.ts';

export interface Judgement {
  readonly settings: PolicySettings;
  /** In the order in which the settings are looked at; the first that refuses decides. */
  readonly findings: readonly Finding[];
}

/**
 * What the policy says of a request, by name; what needs the network is judged later.
 * @throws ExecError INVALID_REQUEST for a name that is no image reference
 */
export function judgePlan(draft: PlanDraft, policy: Policy): Judgement {
  const { settings, findings } = settlePolicy(policy, draft);
  const ofImages = draft.steps.flatMap(({ image }) => judgeByName(image.reference, settings));
  return {
    settings,
    findings: [
      ...findings,
      ...ofImages,
      ...judgeLimits(draft, settings),
      ...judgeAccess(draft, settings),
      ...judgeOffers(draft, policy.base),
    ],
  };
}

/**
 * Fills in what the draft leaves open, and how its containers are held.
 * @throws ExecError INVALID_REQUEST above a maximum, POLICY_DENIED for what is not allowed here
 */
export function admitPlan(draft: PlanDraft, policy: Policy): ExecutionPlan {
  const { settings, findings } = judgePlan(draft, policy);
  throwRefusal(findings);
  const { defaults, confinement, readOnlyRoot, openFiles } = settings;
  const { cpus, memoryBytes, pids, scratchBytes, volumeBytes, shmBytes, gpus } = draft.resources;
  return {
    ...draft,
    steps: draft.steps.map((step) => ({ ...step, readOnlyRoot: step.readOnlyRoot || readOnlyRoot })),
    resources: {
      cpus: cpus ?? defaults.cpus,
      memoryBytes: memoryBytes ?? defaults.memoryBytes,
      pids: pids ?? defaults.pids,
      scratchBytes: scratchBytes ?? defaults.scratchBytes,
      shmBytes: shmBytes ?? defaults.shmBytes,
      openFiles,
      ...(scratchBytes === undefined ? {} : { layerBytes: scratchBytes }),
      ...(volumeBytes === undefined ? {} : { volumeBytes }),
      ...(gpus === undefined ? {} : { gpus }),
    },
    confinement,
    timeoutSeconds: draft.timeoutSeconds ?? defaults.timeoutSeconds,
  };
}

/** @throws ExecError for the first finding that refuses */
export function throwRefusal(findings: readonly Finding[]): void {
  const refusal = findings.find(({ verdict }) => verdict === 'refuses');
  if (refusal === undefined) return;
  throw new ExecError(refusal.code ?? 'POLICY_DENIED', refusal.says, { context: { setting: refusal.setting } });
}

const hostName = 'host';

function judgeByName(reference: string, settings: PolicySettings): readonly Finding[] {
  if (reference !== hostName) return judgeImage({ reference: parseImageReference(reference), digests: [] }, settings);
  const setting = 'images.host';
  if (settings.images.host) return [{ setting, verdict: 'passes', says: 'the image "host" is allowed' }];
  const says = sentence`${part('image')}: "host" is not allowed here. Name an image, or set EXEC_HOST_IMAGE=true on an agent whose runtime has it.`;
  return [{ setting, verdict: 'refuses', says }];
}
