const lines = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const [TAB, SPACE] = [9, 32];

/** Whether a text is header lines and nothing else: no folded lines, no bare line feeds, no space before a colon. */
export function areFieldLines(text: string): boolean {
  return lines.test(text);
}

/** A part of a text without spaces and tabs at either end: `trim` removes more than HTTP allows there. */
export function trimSpaces(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * @param fields lower-case name, line, name, line, …
 * @returns the value of the first such field
 */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    if (fields[index] === name) return valueIn(fields[index + 1] ?? '');
  }
  return undefined;
}

/** The value in a header line. */
export function valueIn(line: string): string {
  return trimSpaces(line, line.indexOf(':') + 1, line.length - 2);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
