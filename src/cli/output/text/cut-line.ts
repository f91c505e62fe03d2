import { stripVTControlCharacters } from 'node:util';

/** A line that fits; one that has to be cut loses its colours, so that none runs on. */
export function cutLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}
