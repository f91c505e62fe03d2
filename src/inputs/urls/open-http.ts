import type { Readable } from 'node:stream';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { askUrl } from '../../support/net/ask-url.ts';
import type { HostRules } from '../../support/net/judge-host.ts';
import { showUrl } from '../../support/net/show-url.ts';
import type { UrlLimits } from './url-options.ts';

export interface OpenedUrl {
  readonly body: Readable;
  /** Bytes; undefined when the server does not say. */
  readonly size: number | undefined;
}

const redirects: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

/**
 * Opens what stands at an `http:` or `https:` URL. The host, and that of every redirect, is judged first, and it is the
 * judged address that is connected to.
 * @throws ExecError POLICY_DENIED | INPUT_NOT_FOUND | STORE_UNAVAILABLE; the signal's reason
 */
export async function openHttp(url: URL, rules: HostRules, limits: UrlLimits, signal: AbortSignal): Promise<OpenedUrl> {
  let current = url;
  for (let hops = 0; hops <= limits.maxRedirects; hops += 1) {
    const asked: URL = current;
    const options = { rules, idleMs: limits.idleMs, headers: { accept: '*/*', 'accept-encoding': 'identity' }, signal };
    const response = await askUrl('GET', asked, options).catch((error: unknown) => {
      throw signal.aborted || error instanceof ExecError ? error : unreachable(asked, error);
    });
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return { body: response, size: sizeOf(headers['content-length']) };
    response.destroy();
    if (!redirects.includes(statusCode) || headers.location === undefined) throw refused(current, statusCode);
    current = follow(current, headers.location);
  }
  throw new ExecError(
    'INPUT_NOT_FOUND',
    `${showUrl(url)} leads on and on; at most ${limits.maxRedirects} redirects are followed. Name the last URL itself.`,
  );
}

function follow(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const steps = `${showUrl(from)} leads to ${to === undefined ? 'no URL' : showUrl(to)}`;
  const isHttp = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (to === undefined || !isHttp)
    throw new ExecError('POLICY_DENIED', `${steps}, which is not followed. Name a URL that is read without that.`);
  to.username = '';
  to.password = '';
  return to;
}

function refused(url: URL, status: number): ExecError {
  const answer = `${showUrl(url)} answered with status ${status}`;
  if (status >= 500 || status === 429) return new ExecError('STORE_UNAVAILABLE', `${answer}. Try again later.`);
  return new ExecError('INPUT_NOT_FOUND', `${answer}. Correct the URL, or give the operator of the agent access.`);
}

/** What a connection that fails, also in the middle of a file, comes to. */
export function unreachable(url: URL, error: unknown): ExecError {
  return new ExecError('STORE_UNAVAILABLE', `${showUrl(url)} could not be read: ${messageOf(error)}.`, {
    cause: error,
  });
}

function sizeOf(contentLength: string | undefined): number | undefined {
  return contentLength !== undefined && /^\d{1,15}$/.test(contentLength) ? Number(contentLength) : undefined;
}
