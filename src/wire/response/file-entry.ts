import type { CollectedFile } from '../record/record.ts';

/** A collected file as responses show it: what does not apply is left out. */
export function fileEntryOf(file: CollectedFile) {
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
