export interface CutText {
  readonly text: string;
  /** Characters of the whole. */
  readonly length: number;
  /** Where what was left out begins; absent if nothing was. */
  readonly resumeAt?: number;
}

/**
 * The beginning and the end of a text, so that a model sees how something started and how it ended.
 * @param limit characters to keep
 * @param hint tells how to read what was left out
 */
export function cutMiddle(text: string, limit: number, hint: (resumeAt: number) => string): CutText {
  if (text.length <= limit) return { text, length: text.length };
  const head = wholeCharacters(text, 0, Math.ceil(limit / 2));
  const tail = wholeCharacters(text, text.length - Math.floor(limit / 2), text.length);
  const leftOut = text.length - head.length - tail.length;
  const mark = `\n[… ${leftOut} of ${text.length} characters left out; ${hint(head.length)} …]\n`;
  return { text: `${head}${mark}${tail}`, length: text.length, resumeAt: head.length };
}

/** Part of a text, from a position, at most as long as the limit. */
export function cutPage(text: string, from: number, limit: number): CutText {
  const page = wholeCharacters(text, from, from + limit);
  const end = Math.min(from, text.length) + page.length;
  return { text: page, length: text.length, ...(end < text.length ? { resumeAt: end } : {}) };
}

/** Half of a surrogate pair is not well-formed text. */
function wholeCharacters(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
}
