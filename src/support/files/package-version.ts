import { readFileSync } from 'node:fs';
import { codeRoot } from './code-root.ts';

/** The version of this package. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(readFileSync(new URL('../package.json', codeRoot), 'utf8'));
  return manifest.version;
}
