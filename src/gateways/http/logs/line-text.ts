import type { LogLine } from '../../../wire/live.ts';

/** A piece of output as text, with a mark for what is not kept any more. */
export function lineText({ text, omitted }: LogLine): string {
  return omitted === undefined ? text : `[… ${omitted} bytes no longer kept …]\n${text}`;
}
