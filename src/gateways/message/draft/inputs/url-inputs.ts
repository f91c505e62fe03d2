import { ExecError } from '../../../../support/exec-error.ts';
import { parseS3Url } from '../../../../support/names/s3-url.ts';
import { showUrl } from '../../../../support/net/show-url.ts';

interface UrlObject {
  readonly url: string;
  readonly sha256?: string | undefined;
}

/** What a URL stands for, without the place that it goes to. */
export type UrlSource =
  | { readonly kind: 'object'; readonly bucket: string; readonly name: string }
  | { readonly kind: 'prefix'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'url'; readonly url: string };

const kinds: readonly string[] = ['http:', 'https:', 'file:'];

/**
 * Says nothing that could be secret: a URL can hold a password or a signature.
 * @throws ExecError INVALID_REQUEST
 */
export function urlSource(field: string, { url, sha256 }: UrlObject): UrlSource {
  if (/^s3:/i.test(url)) return s3Source(field, url, sha256);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !kinds.includes(parsed.protocol))
    throw invalid(
      field,
      'is no URL that inputs are read from. Write s3://bucket/name, https://…, http://… or file:///….',
    );
  if (parsed.username !== '' || parsed.password !== '')
    throw invalid(field, `${showUrl(parsed)} holds a user or password. Leave them out; a signed URL does without.`);
  if (parsed.pathname.endsWith('/') && parsed.protocol === 'file:')
    throw invalid(field, `${showUrl(parsed)} names a directory. Name a file.`);
  return { kind: 'url', url: parsed.href };
}

function s3Source(field: string, url: string, sha256: string | undefined): UrlSource {
  const place = parseS3Url(url);
  if (place === undefined)
    throw invalid(field, 'is no S3 URL. Write s3://bucket/name, with a bucket of the configured store.');
  const { bucket, name } = place;
  if (!name.endsWith('/')) return { kind: 'object', bucket, name };
  if (sha256 !== undefined) throw invalid(field, 'is a prefix, which has no checksum. Leave sha256 out.');
  return { kind: 'prefix', bucket, prefix: name };
}

function invalid(field: string, problem: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: ${problem}`, { context: { field } });
}
