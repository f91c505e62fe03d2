import { formatBytes } from '../support/bytes.ts';
import { ExecError } from '../support/exec-error.ts';
import type { ExecutionPlan, PlanDraft, Resources } from '../wire/plan.ts';

/** What a request gets when it does not say, and what it may ask for at most. */
export interface AdmissionPolicy {
  readonly defaults: Resources & { readonly timeoutSeconds: number };
  readonly maxima: {
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly pids: number;
    readonly timeoutSeconds: number;
  };
  /** Whether the image name `host` is allowed. */
  readonly hostImage: boolean;
}

/**
 * Fills in what the draft leaves open and judges it by name; what needs the network is judged later.
 * @throws ExecError INVALID_REQUEST above a maximum, POLICY_DENIED for what is not allowed here
 */
export function admitPlan(draft: PlanDraft, policy: AdmissionPolicy): ExecutionPlan {
  const { defaults, maxima } = policy;
  const resources = fillIn(draft.resources, defaults);
  const timeoutSeconds = draft.timeoutSeconds ?? defaults.timeoutSeconds;
  refuseAbove('timeout', timeoutSeconds, maxima.timeoutSeconds, (value) => `${value} s`);
  refuseAbove('container.resources.cpus', resources.cpus, maxima.cpus, String);
  refuseAbove('container.resources.memory', resources.memoryBytes, maxima.memoryBytes, formatBytes);
  refuseAbove('container.resources.pids', resources.pids, maxima.pids, String);
  if (!policy.hostImage && draft.steps.some(({ image }) => image.reference === 'host'))
    throw new ExecError(
      'POLICY_DENIED',
      'container.image: "host" is not allowed here. Name an image, or set EXEC_HOST_IMAGE=true on an agent with the oci runtime.',
    );
  return { ...draft, resources, timeoutSeconds };
}

function fillIn(asked: PlanDraft['resources'], defaults: Resources): Resources {
  return {
    cpus: asked.cpus ?? defaults.cpus,
    memoryBytes: asked.memoryBytes ?? defaults.memoryBytes,
    pids: asked.pids ?? defaults.pids,
    scratchBytes: asked.scratchBytes ?? defaults.scratchBytes,
  };
}

function refuseAbove(field: string, asked: number, max: number, show: (value: number) => string): void {
  if (asked > max)
    throw new ExecError('INVALID_REQUEST', `${field}: ${show(asked)} is more than the ${show(max)} allowed here.`, {
      context: { field },
    });
}
