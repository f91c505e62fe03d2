import type { CollectedFile, UploadedObject } from './record.ts';
import type { ExecutionResult } from './response.ts';

type OutputFile = ExecutionResult['output_files'][number];
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
