import type { CollectedFile, Exit, UploadedObject } from './record.ts';
import type { ExecutionResult } from './response.ts';
import type { StepResult } from './step-result.ts';

type OutputFile = ExecutionResult['output_files'][number];
type AnsweredStep = NonNullable<ExecutionResult['steps']>[number];
type AnsweredObject = ExecutionResult['minio_objects'][number];

/** A collected file as answers tell it. */
export function outputFileOf(file: CollectedFile): OutputFile {
  const { name, path, content, encoding, size, sha256, truncated, ref } = file;
  return {
    name,
    path,
    ...(content === undefined ? {} : { content }),
    encoding,
    size,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(truncated ? { truncated: true as const } : {}),
    ...(ref === undefined ? {} : { ref }),
  };
}

/** An uploaded object as answers tell it. */
export function answeredObjectOf({ name, ...facts }: UploadedObject): AnsweredObject {
  return { object_name: name, ...facts };
}

/** The result of a step in the form of the response. */
export function answeredStepOf(step: StepResult): AnsweredStep {
  const { imageDigest, exit, failure, ignored, startedAt, finishedAt, log } = step;
  return {
    ...(exit === undefined ? {} : { exit_code: exit.code }),
    ...(exit?.why === undefined ? {} : { why: exit.why }),
    ...(failure === undefined ? {} : { error: failure.message, error_code: failure.code }),
    ...(ignored === undefined ? {} : { ignored }),
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    output_range: log,
    ...(imageDigest === undefined ? {} : { image_digest: imageDigest }),
    ...(exit?.usage === undefined ? {} : { resource_usage: answeredUsageOf(exit.usage) }),
  };
}

/** Measured resources in the form of the response. */
export function answeredUsageOf({ cpuSeconds, memoryPeakBytes }: NonNullable<Exit['usage']>) {
  return {
    ...(cpuSeconds === undefined ? {} : { cpu_seconds: cpuSeconds }),
    ...(memoryPeakBytes === undefined ? {} : { memory_peak_bytes: memoryPeakBytes }),
  };
}
