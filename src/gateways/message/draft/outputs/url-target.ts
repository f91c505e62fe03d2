import { ExecError } from '../../../../support/exec-error.ts';
import { fileUrlPath } from '../../../../support/files/file-url-path.ts';
import { showUrl } from '../../../../support/net/show-url.ts';
import type { Output } from '../../../../wire/plan/plan.ts';

type UrlTarget = Extract<Extract<Output, { kind: 'put' }>['to'], { kind: 'url' }>;

/**
 * Where a file is sent that goes to no object of the store.
 * @param field of the request, for the error
 * @throws ExecError INVALID_REQUEST unless it is a URL of HTTPS, HTTP or a file, without a user
 */
export function urlTarget(field: string, url: string): UrlTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:', 'file:'].includes(parsed.protocol))
    throw invalid(field, 'is no URL that files are sent to. Write s3://bucket/name, https://…, http://… or file:///….');
  if (parsed.protocol === 'file:') fileUrlPath(parsed, field);
  if (parsed.username !== '' || parsed.password !== '')
    throw invalid(field, `${showUrl(parsed)} holds a user or password. Leave them out; a signed URL does without.`);
  return { kind: 'url', url: parsed.href };
}

function invalid(field: string, problem: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: ${problem}`, { context: { field } });
}
