/** Shortens a text to a maximum number of UTF-16 units, with `…` in place of its end. Splits no character. */
export function clipText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = text.slice(0, maxLength - 1);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
