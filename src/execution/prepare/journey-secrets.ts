import type { SecretValue } from '../../runtimes/runtime.ts';
import { createMask, type Mask, shortestMasked } from '../../support/text/mask.ts';
import { maskInTurns, maskTextInTurns } from '../../support/text/mask-in-turns.ts';
import { createTurns } from '../../support/time/take-turns.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { Collected, CollectedFile, Failure, Outcome } from '../../wire/record/record.ts';
import { mapTexts } from '../../wire/sentence.ts';

/** @throws ExecError when one of them has no value */
export type ReadSecrets = (plan: ExecutionPlan) => Promise<readonly SecretValue[]>;

/**
 * Checks that the graph that a driver collected is JSON, and hides secrets in it. Never rejects; a problem is the end of a
 * sentence.
 */
export type SettleGraph = (order: {
  readonly bytes: Uint8Array;
  readonly secrets: readonly Uint8Array[];
  readonly isChecked: true;
}) => Promise<{ readonly text?: string | undefined; readonly problem?: string | undefined }>;

/** The secrets of one execution. Before they are read, there are none to mask. */
export interface JourneySecrets {
  /** @throws ExecError when one of them has no value */
  read(): Promise<void>;
  values(): readonly SecretValue[];
  mask(): Mask;
  /** Names of the secrets that are too short to mask. */
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

/**
 * Masks every secret in the parts of an outcome that a container wrote or that quote it. Values from the agent itself
 * (codes, states, digests, names of objects) are not masked, even if they equal a secret. A graph that is not JSON, or in
 * which a secret cannot be hidden, is left out and fails the execution.
 */
export async function maskOutcome(
  unsettled: Outcome,
  secrets: JourneySecrets,
  settleGraph: SettleGraph,
): Promise<Outcome> {
  const mask = secrets.mask();
  const outcome = await withSettledGraph(unsettled, mask, settleGraph);
  if (secrets.values().length === 0) return outcome;
  const { output, logs, collected, warnings, failure } = outcome;
  const masked = collected && (await maskCollected(collected, mask));
  return {
    ...outcome,
    ...(failure === undefined ? {} : { failure: maskFailure(failure, mask) }),
    output: await maskTextInTurns(output, mask),
    ...(logs === undefined ? {} : { logs: await maskTextInTurns(logs, mask) }),
    ...(masked === undefined ? {} : { collected: masked }),
    warnings: warnings.map((warning) => mapTexts(warning, mask.text)),
  };
}

/** The graph goes into responses as it is, and drivers may have it from another host. */
async function withSettledGraph(outcome: Outcome, mask: Mask, settleGraph: SettleGraph): Promise<Outcome> {
  const { collected } = outcome;
  if (collected?.graph === undefined) return outcome;
  const { graph, ...rest } = collected;
  const { text, problem } = await settleGraph({ bytes: Buffer.from(graph), secrets: mask.values, isChecked: true });
  if (text !== undefined) return { ...outcome, collected: { ...rest, graph: text } };
  const failure: Failure = { code: 'OUTPUT_INVALID', message: `The graph update ${problem}` };
  return { ...outcome, collected: rest, failure: outcome.failure ?? failure };
}

async function maskCollected(collected: Collected, mask: Mask): Promise<Collected> {
  const { sent, ...rest } = collected;
  const turns = createTurns();
  const masked = async <Item, Masked>(items: readonly Item[], maskItem: (item: Item) => Masked | Promise<Masked>) => {
    const all: Masked[] = [];
    for (const item of items) {
      all.push(await maskItem(item));
      if (turns.spend(stepsPerItem)) await turns.rest();
    }
    return all;
  };
  return {
    ...rest,
    files: await masked(collected.files, (file) => maskFile(file, mask)),
    missing: await masked(collected.missing, mask.text),
    uploads: await masked(collected.uploads, (upload) => ({ ...upload, ...maskNames(upload, mask) })),
    ...(sent === undefined ? {} : { sent: await masked(sent, (file) => ({ ...file, ...maskNames(file, mask) })) }),
    failures: await masked(collected.failures, (failure) => maskFailure(failure, mask)),
    warnings: await masked(collected.warnings, (warning) => mapTexts(warning, mask.text)),
  };
}

// What hiding secrets in a name takes, compared with a look at it.
const stepsPerItem = 500;

async function maskFile(file: CollectedFile, mask: Mask): Promise<CollectedFile> {
  const { content, encoding } = file;
  const named = { ...file, name: mask.text(file.name), path: mask.text(file.path) };
  if (content === undefined) return named;
  const before = Buffer.from(content, encoding);
  const after = await maskInTurns(before, mask);
  if (after.equals(before)) return named;
  const { sha256: _, ...rest } = named;
  return { ...rest, content: after.toString(encoding) };
}

function maskNames<Named extends { readonly name: string; readonly url?: string | undefined }>(
  { name, url }: Named,
  mask: Mask,
) {
  return { name: mask.text(name), ...(url === undefined ? {} : { url: mask.text(url) }) };
}

function maskFailure({ code, message }: Failure, mask: Mask): Failure {
  return { code, message: mapTexts(message, mask.text) };
}
