import { readdir, readFile } from 'node:fs/promises';
import { codeRoot } from '../../../support/files/code-root.ts';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const directory = new URL('../dist/ui/', codeRoot);
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The files of the dashboard by name. A name from a URL is only ever compared with these. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(directory).catch(() => []);
  const files = names.map(async (name) => {
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return [name, { type, content: await readFile(new URL(name, directory)) }] as const;
  });
  return new Map(await Promise.all(files));
}
