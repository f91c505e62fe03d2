import { readJson } from '../../support/json/read-json.ts';
import type { Outcome } from '../../wire/record/record.ts';
import { type Sentence, sentenceSchema } from '../../wire/sentence.ts';

// Lists of many executions hold it, so it is a sentence and not a whole report.
const longestReason = 1000;

/** Why an execution failed, for lists, which do not read outcomes; empty for one that did not. */
export function reasonOf({ failure }: Pick<Outcome, 'failure'>): string {
  if (failure === undefined) return '';
  const whole = JSON.stringify(failure.message);
  if (whole.length <= longestReason) return whole;
  const pieces = typeof failure.message === 'string' ? [failure.message] : failure.message;
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.part)).join('');
  return JSON.stringify(`${text.slice(0, longestReason / 2).toWellFormed()} …`);
}

/** @param reason as {@link reasonOf} wrote it */
export function readReason(reason: string | null): Sentence | undefined {
  return reason === null ? undefined : readJson(reason, sentenceSchema).data;
}
