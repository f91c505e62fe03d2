import { answeredObjectOf, outputFileOf } from '../../wire/answer-parts.ts';
import type { CollectedFile, UploadedObject } from '../../wire/record.ts';

/** Bytes of the comma, and of a field's name, that come with a value. */
const separator = 1;
const graphField = '"graph_update":,'.length;

/** Bytes of a file in an answer, its content included. */
export function costOfFile(file: CollectedFile): number {
  return Buffer.byteLength(JSON.stringify(outputFileOf(file))) + separator;
}

export function costOfUpload(upload: UploadedObject): number {
  return Buffer.byteLength(JSON.stringify(answeredObjectOf(upload))) + separator;
}

export function costOfUploads(uploads: readonly UploadedObject[]): number {
  return uploads.reduce((sum, upload) => sum + costOfUpload(upload), 0);
}

/** @param graph JSON text, which goes into the answer as it is, or shorter */
export function costOfGraph(graph: string | undefined): number {
  return graph === undefined ? 0 : Buffer.byteLength(graph) + graphField;
}
