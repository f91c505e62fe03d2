import type { SecretValue } from '../runtimes/runtime.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import { type Outcome, outcomeSchema } from '../wire/record.ts';
import { createMask, type Mask, shortestMasked } from './mask.ts';

/** @throws ExecError when one of them has no value */
export type ReadSecrets = (plan: ExecutionPlan) => Promise<readonly SecretValue[]>;

/** The secrets of one execution; until they are read there are none, and nothing to cover. */
export interface JourneySecrets {
  /** @throws ExecError when one of them has no value */
  read(): Promise<void>;
  values(): readonly SecretValue[];
  mask(): Mask;
  /** Names of those that are too short to be covered. */
  unmasked(): readonly string[];
}

export function createJourneySecrets(plan: ExecutionPlan, readSecrets: ReadSecrets): JourneySecrets {
  let values: readonly SecretValue[] = [];
  let mask = createMask([]);
  return {
    async read() {
      if ((plan.secrets ?? []).length === 0) return;
      values = await readSecrets(plan);
      mask = createMask(values.map(({ value }) => value));
    },
    values: () => values,
    mask: () => mask,
    unmasked: () => values.filter(({ value }) => value.length < shortestMasked).map(({ name }) => name),
  };
}

/** An outcome in which no secret stands, whatever the container returned: it is recorded and answered. */
export function maskOutcome(outcome: Outcome, secrets: JourneySecrets): Outcome {
  if (secrets.values().length === 0) return outcome;
  const mask = secrets.mask();
  const changed: string[] = [];
  const files = outcome.collected?.files.map((file) => {
    if (file.content === undefined) return file;
    const before = Buffer.from(file.content, file.encoding);
    const after = mask.bytes(before);
    if (after.equals(before)) return file;
    changed.push(file.name);
    const { sha256: _, ...rest } = file;
    return { ...rest, content: after.toString(file.encoding) };
  });
  const warnings =
    changed.length === 0 ? [] : [`Secrets were covered in the returned content of ${changed.join(', ')}.`];
  const covered = {
    ...outcome,
    ...(outcome.collected && { collected: { ...outcome.collected, files } }),
    warnings: [...outcome.warnings, ...warnings],
  };
  return outcomeSchema.parse(maskStrings(covered, mask));
}

function maskStrings(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask.text(value);
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskStrings(item, mask)]));
}
