import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { codeRoot } from '../../../support/files/code-root.ts';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  /** The same compressed with gzip, which nearly every browser accepts. */
  readonly gzipped: Buffer;
}

const compress = promisify(gzip);
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
    const content = await readFile(new URL(name, directory));
    return [name, { type, content, gzipped: await compress(content, { level: 9 }) }] as const;
  });
  return new Map(await Promise.all(files));
}
