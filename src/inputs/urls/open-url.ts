import { ExecError } from '../../support/exec-error.ts';
import { createHostAllowlist } from '../../support/net/host-allowlist.ts';
import { openFileUrl } from './open-file-url.ts';
import { type OpenedUrl, openHttp } from './open-http.ts';
import type { UrlOptions } from './url-options.ts';

/** @throws ExecError INVALID_REQUEST | POLICY_DENIED | INPUT_NOT_FOUND | STORE_UNAVAILABLE; the signal's reason */
export type OpenUrl = (url: URL, signal: AbortSignal) => Promise<OpenedUrl>;

const hostCure =
  'Inputs are read from there only if EXEC_INPUT_HOSTS allows it; put the data into the object store, or have it allowed.';

/** Reads inputs by URL, each kind by its own rules. */
export function createUrlOpener({ allowedHosts, allowedDirectories, lookup, limits }: UrlOptions): OpenUrl {
  const rules = { lookup, allowlist: createHostAllowlist(allowedHosts), cure: hostCure };
  return async (url, signal) => {
    switch (url.protocol) {
      case 'http:':
      case 'https:':
        return openHttp(url, rules, limits, signal);
      case 'file:':
        return openFileUrl(url, allowedDirectories);
      default:
        throw new ExecError('INVALID_REQUEST', `${url.protocol}// is no kind of URL that inputs can be read from.`);
    }
  };
}
