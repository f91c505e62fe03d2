import { parseJson } from '../../../support/json/json.ts';
import { formatSeconds } from '../../../support/text/duration.ts';
import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import { exitOf, phasesOf, usageOf } from '../../../wire/record/outcome-facts.ts';
import type { Collected, Outcome, Spendings } from '../../../wire/record/record.ts';
import { fileEntryOf } from '../../../wire/response/file-entry.ts';
import type { ExecutionResponse, ExecutionResult } from '../../../wire/response/response.ts';
import { describe } from '../../../wire/sentence.ts';
import { partNames } from '../part-names.ts';
import { objectEntryOf, stepEntryOf, usageEntryOf } from './content-entries.ts';

export interface Answered {
  readonly plan: Pick<ExecutionPlan, 'id' | 'tenant' | 'correlationId' | 'outputs' | 'steps'>;
  readonly outcome: Outcome;
  readonly attempt: number;
  readonly agent: string;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
}

/**
 * The recorded outcome in the words of this dialect; the same record gives the same answer, always.
 * @param readGraph makes `graph_update` of the graph's JSON text
 */
export function outcomeToResponse(
  answered: Answered,
  readGraph: (json: string) => unknown = parseJson,
): ExecutionResponse {
  const { plan, outcome, submittedAt } = answered;
  const { failure } = outcome;
  return {
    correlation_id: plan.correlationId,
    tenant: plan.tenant,
    success: failure === undefined,
    ...(exitOf(outcome) === undefined ? {} : { result: resultOf(answered, readGraph) }),
    ...(failure === undefined ? {} : { error: describe(failure.message, partNames), error_code: failure.code }),
    timestamp: new Date(outcome.finishedAt).toISOString(),
    duration: formatSeconds(outcome.finishedAt - submittedAt),
    execution_id: plan.id,
  };
}

const nothingCollected: Collected = { files: [], missing: [], uploads: [], failures: [], warnings: [] };

function resultOf({ plan, outcome, attempt, agent }: Answered, readGraph: (json: string) => unknown): ExecutionResult {
  const { collected = nothingCollected, warnings } = outcome;
  const [exit, phases, usage] = [exitOf(outcome), phasesOf(outcome), usageOf(outcome)];
  return {
    ...(exit === undefined ? {} : { exit_code: exit.code }),
    ...(plan.steps.length === 1 ? {} : { steps: outcome.steps.map(stepEntryOf) }),
    output: outcome.output,
    ...(outcome.logs === undefined ? {} : { logs: outcome.logs }),
    ...(collected.graph === undefined ? {} : { graph_update: readGraph(collected.graph) }),
    output_files: collected.files.map(fileEntryOf),
    ...(collected.missing.length === 0 ? {} : { missing_files: collected.missing }),
    minio_objects: collected.uploads.map(objectEntryOf),
    ...(collected.sent === undefined ? {} : { uploads: collected.sent }),
    ...overflowOf(collected),
    metadata: {
      execution_time: formatSeconds(phases.ran ?? 0),
      phases,
      ...(outcome.runtime === undefined ? {} : { runtime: outcome.runtime }),
      ...(outcome.imageDigest === undefined ? {} : { image_digest: outcome.imageDigest }),
      ...(outcome.imageScan === undefined ? {} : { image_scan: scanOf(outcome.imageScan) }),
      ...(usage === undefined ? {} : { resource_usage: usageEntryOf(usage) }),
      ...(outcome.services === undefined ? {} : { services: useOf(outcome.services) }),
      ...(collected.total === undefined ? {} : { output: collected.total }),
      attempt,
      agent,
      ...(warnings.length === 0 ? {} : { warnings: warnings.map((warning) => describe(warning, partNames)) }),
    },
  };
}

function overflowOf({ overflow }: Collected): Pick<ExecutionResult, 'ref' | 'ref_url'> {
  if (overflow === undefined) return {};
  const { name, url } = overflow;
  return { ref: name, ...(url === undefined ? {} : { ref_url: url }) };
}

function scanOf({ scannedAt, ...scan }: NonNullable<Outcome['imageScan']>) {
  return { ...scan, ...(scannedAt === undefined ? {} : { scanned_at: new Date(scannedAt).toISOString() }) };
}

function useOf(services: Spendings) {
  return Object.fromEntries(
    Object.entries(services).map(([name, { calls, bytesIn, bytesOut, errors, ms, tokens }]) => {
      return [name, { calls, bytes: bytesIn + bytesOut, errors, ms, tokens }];
    }),
  );
}
