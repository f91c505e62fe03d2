import { createHash } from 'node:crypto';

/**
 * Equal for equal requests of a tenant, at every entry point.
 * @param known what tells requests with equal texts apart: the correlation id, or the name of the delivery
 * @param digest of the text, by {@link digestOf}
 */
export function fingerprintOf(tenant: string, known: string, digest: string): string {
  return digestOf(`${tenant}\0${known}\0${digest}`);
}

/** SHA-256 as base64url. */
export function digestOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('base64url');
}
