import { formatBytes } from '../../../support/text/bytes.ts';
import { printableLine } from '../../../support/text/printable.ts';
import type { ExecutionResponse } from '../../../wire/response/response.ts';
import { outputFilesOf } from './save-outputs.ts';

const namedAtMost = 10;

/** The files that -o does not name; empty: there are none, or all were saved. */
export function notSaved(response: ExecutionResponse, only: ReadonlySet<string> | undefined): string {
  const left = only === undefined ? [] : outputFilesOf(response).filter(({ name }) => !only.has(name));
  if (left.length === 0) return '';
  const shown = left.slice(0, namedAtMost).map(({ name, size }) => `${printableLine(name)} (${formatBytes(size)})`);
  const more = left.length - shown.length;
  return `\nNot saved, because -o does not name them: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function notReplaced(kept: readonly string[], { execution_id: id }: ExecutionResponse): string {
  return (
    `${kept.map(printableLine).join(', ')} exists already and was not replaced (--force would). ` +
    `All output files are kept in the object store below executions/${id}/output/.`
  );
}
