import { readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-file.ts';

/**
 * A file of which the part between `<!-- NAME:begin -->` and `<!-- NAME:end -->` is made from code.
 * @throws Error when a marker is missing
 */
export async function replaceBetweenMarkers(path: string, name: string, content: string): Promise<GeneratedFile> {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const text = await readFile(path, 'utf8');
  const [before, rest] = text.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${path} needs the lines ${begin} and ${end}`);
  return { path, text: `${before}${begin}\n${content}${end}${after}` };
}
