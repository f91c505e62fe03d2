import { isUtf8 } from 'node:buffer';
import { messageOf } from '../../support/exec-error.ts';
import { compactJson } from '../../support/json/json.ts';
import { maskJson } from '../../support/json/mask-json.ts';
import { createMask } from '../../support/text/mask.ts';
import { graphProblemOf } from './graph-problem.ts';

/** A graph document as a container wrote it. */
export interface GraphOrder {
  /** JSON, in UTF-8. */
  readonly bytes: Uint8Array;
  /** Values that are hidden in it. */
  readonly secrets: readonly Uint8Array[];
  /** Whether it only has to be JSON, because its fields were checked before. */
  readonly isChecked?: boolean;
}

/** The document as it goes into records and responses: JSON without white space. A problem is the end of a sentence. */
export type SettledGraph =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

/** Checks a graph document and hides secrets in it. Numbers keep their digits. Takes seconds for the largest. */
export function settleGraph({ bytes, secrets, isChecked = false }: GraphOrder): SettledGraph {
  if (!isUtf8(bytes)) return { problem: 'is not UTF-8 text.' };
  let read: ReturnType<typeof compactJson>;
  try {
    read = compactJson(withoutMark(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()));
  } catch (error) {
    return { problem: `is not JSON: ${messageOf(error)}.` };
  }
  const { value, compact: text } = read;
  const problem = isChecked ? undefined : graphProblemOf(value);
  if (problem !== undefined) return { problem };
  if (secrets.length === 0) return { text };
  const masked = maskJson(text, createMask(secrets.map((secret) => Buffer.from(secret))));
  return masked === undefined ? { problem: secretInGraph } : { text: masked };
}

const secretInGraph =
  'holds a secret that spans several values, so that it cannot be hidden, and is not returned. Do not write secrets into it.';

/** Some programs put a byte order mark in front, which JSON does not know. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}
