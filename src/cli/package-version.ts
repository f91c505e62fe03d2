import { readFileSync } from 'node:fs';

/** The version of this package; its package.json stands two directories above the sources and the build alike. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
