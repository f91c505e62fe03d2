import type { ContentFields } from '../../wire/plan/plan.ts';
import type { CollectedFile, UploadedObject } from '../../wire/record/record.ts';
import { fileEntryOf } from '../../wire/response/file-entry.ts';

/** Where the gateway has no document for what does not fit. */
export const plainFields: ContentFields = { files: 'files', uploads: 'uploads', uploadName: 'name', graph: 'graph' };

/** Bytes of the comma, and of a field's name, that come with a value. */
const separator = 1;

/** Bytes of a file in an answer, its content included. */
export function costOfFile(file: CollectedFile): number {
  return Buffer.byteLength(JSON.stringify(fileEntryOf(file))) + separator;
}

/** An uploaded object as the gateway shows it. */
export function uploadEntryOf({ name, ...facts }: UploadedObject, { uploadName }: ContentFields) {
  return { [uploadName]: name, ...facts };
}

export function costOfUpload(upload: UploadedObject, fields: ContentFields): number {
  return Buffer.byteLength(JSON.stringify(uploadEntryOf(upload, fields))) + separator;
}

export function costOfUploads(uploads: readonly UploadedObject[], fields: ContentFields): number {
  return uploads.reduce((sum, upload) => sum + costOfUpload(upload, fields), 0);
}

/** @param graph JSON text, which goes into the answer as it is, or shorter */
export function costOfGraph(graph: string | undefined, fields: ContentFields): number {
  return graph === undefined ? 0 : Buffer.byteLength(graph) + `"${fields.graph}":,`.length;
}
