import { areFieldLines, trimSpaces } from './field-lines.ts';

/** The first line of a head and what follows it; undefined when its header lines are not of the form "Name: value". */
export function splitHead(text: string): { readonly line: string; readonly block: string | undefined } {
  const lineEnd = text.indexOf('\r\n');
  const block = text.slice(lineEnd + 2);
  return { line: text.slice(0, lineEnd), block: areFieldLines(block) ? block : undefined };
}

/**
 * Reads header lines that {@link splitHead} has checked.
 * @param own names of the fields that concern only this connection
 * @param onOwn gets the value of each of them; what it returns ends the reading
 * @param onOther gets the name in lower case and the line as it came, with its CRLF
 */
export function readFields<Refusal>(
  block: string,
  own: ReadonlySet<string>,
  onOwn: (name: string, value: string) => Refusal | undefined,
  onOther: (name: string, line: string) => Refusal | undefined,
): Refusal | undefined {
  for (let start = 0; start < block.length; ) {
    const colon = block.indexOf(':', start);
    const end = block.indexOf('\r\n', colon);
    const name = block.slice(start, colon).toLowerCase();
    const refusal = own.has(name)
      ? onOwn(name, trimSpaces(block, colon + 1, end))
      : onOther(name, block.slice(start, end + 2));
    if (refusal !== undefined) return refusal;
    start = end + 2;
  }
  return undefined;
}
