import type { StepSpec } from '../../runtime.ts';
import type { Recipe } from '../../warm/warm-demand.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import { waitingIdentityOf } from '../shape/pod-names.ts';
import { type PodSandbox, podShape } from '../shape/pod-shape.ts';

/** What a pod is made of before it has an execution. */
export interface PodRecipe extends Recipe {
  /** The specification of the pod: a pod that waits fits an execution whose own would have the same. */
  readonly key: string;
  readonly sandbox: PodSandbox;
  /** Without commands, variables and secrets. */
  readonly steps: readonly StepSpec[];
  readonly runtimeClass?: string | undefined;
}

export interface PodRequirements {
  readonly sandbox: PodSandbox;
  readonly steps: readonly StepSpec[];
  readonly runtimeClass?: string | undefined;
}

/** Undefined: such a pod is only made when it is asked for, because others need its GPU more. */
export function podRecipeOf(required: PodRequirements, options: PodOptions): PodRecipe | undefined {
  const { deployment, volumes, scratch, resources, confinement } = required.sandbox;
  if (resources.gpus !== undefined || required.steps.length === 0) return undefined;
  const sandbox = { deployment, volumes, scratch, resources, confinement };
  const { runtimeClass } = required;
  const steps = required.steps.map(withoutRequest);
  const nobody = { podKey: Buffer.alloc(32), nonce: '', restartsKeep: false };
  const identity = waitingIdentityOf('', deployment);
  const shape = podShape({ ...nobody, identity, spec: sandbox, steps, runtimeClass, options });
  return { key: JSON.stringify(shape), sandbox, steps, runtimeClass };
}

/** What comes with the order; of secrets it matters only whether some are files. */
function withoutRequest({ step, image, secrets = [] }: StepSpec): StepSpec {
  const { pull, reference } = step.image;
  const { readOnlyRoot, ignoreError } = step;
  const files = secrets.some(({ as }) => as === 'file')
    ? [{ name: '', as: 'file', value: Buffer.alloc(0) } as const]
    : [];
  return { step: { image: { pull, reference }, env: {}, readOnlyRoot, ignoreError }, image, secrets: files };
}
