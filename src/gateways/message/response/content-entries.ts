import type { ContentFields } from '../../../wire/plan/plan.ts';
import type { Exit, UploadedObject } from '../../../wire/record/record.ts';
import type { StepResult } from '../../../wire/record/step-result.ts';
import type { ExecutionResult } from '../../../wire/response/response.ts';
import { describe } from '../../../wire/sentence.ts';
import { partNames } from '../part-names.ts';

type StepEntry = NonNullable<ExecutionResult['steps']>[number];

/** What results call the parts of what was collected. */
export const contentFields: ContentFields = {
  files: 'output_files',
  uploads: 'minio_objects',
  uploadName: 'object_name',
  graph: 'graph_update',
};

/** An uploaded object as results show it. */
export function objectEntryOf({ name, ...facts }: UploadedObject): ExecutionResult['minio_objects'][number] {
  return { object_name: name, ...facts };
}

/** The result of a step as results show it. */
export function stepEntryOf(step: StepResult): StepEntry {
  const { imageDigest, exit, failure, ignored, startedAt, finishedAt, log } = step;
  return {
    ...(exit === undefined ? {} : { exit_code: exit.code }),
    ...(exit?.why === undefined ? {} : { why: exit.why }),
    ...(failure === undefined ? {} : { error: describe(failure.message, partNames), error_code: failure.code }),
    ...(ignored === undefined ? {} : { ignored }),
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    output_range: log,
    ...(imageDigest === undefined ? {} : { image_digest: imageDigest }),
    ...(exit?.usage === undefined ? {} : { resource_usage: usageEntryOf(exit.usage) }),
  };
}

/** Measured resources as results show them. */
export function usageEntryOf({ cpuSeconds, memoryPeakBytes }: NonNullable<Exit['usage']>) {
  return {
    ...(cpuSeconds === undefined ? {} : { cpu_seconds: cpuSeconds }),
    ...(memoryPeakBytes === undefined ? {} : { memory_peak_bytes: memoryPeakBytes }),
  };
}
