import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { askUrl } from '../../support/net/ask-url.ts';
import { createHostAllowlist } from '../../support/net/host-allowlist.ts';
import type { HostRules } from '../../support/net/judge-host.ts';
import { showUrl } from '../../support/net/show-url.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import { hashFile } from './hash-file.ts';
import { writeToFile } from './write-to-file.ts';

export interface SendUrlOptions {
  /** Names, addresses and networks that may be sent to although they are not on the public internet. */
  readonly allowedHosts: readonly string[];
  /** Of this host, below which `file:` URLs may be written. */
  readonly allowedDirectories: readonly string[];
  readonly lookup: HostRules['lookup'];
  /** How long a server may be silent. */
  readonly idleMs: number;
}

/**
 * Sends a body of that many bytes by one PUT, or writes it to a file, and ends it in any case. The error's context says whether it may pass.
 * @throws ExecError POLICY_DENIED | STORE_UNAVAILABLE; the signal's reason
 */
export type SendToUrl = (body: Readable, size: number, url: URL, signal: AbortSignal) => Promise<void>;

export interface PutUrlOptions {
  readonly send: SendToUrl;
  /** How often a file is sent at most while the server fails, and the pause before the second time. */
  readonly attempts: number;
  readonly backoffMs: number;
}

/** Sends the file's first `size` bytes to the URL and returns their SHA-256; leaves the handle open. */
export type PutToUrl = (handle: FileHandle, size: number, url: URL, signal: AbortSignal) => Promise<string>;

const backoffMaxMs = 10_000;
const hostCure = 'Files are sent there only if EXEC_UPLOAD_HOSTS allows it; name an s3:// URL, or have it allowed.';

export function createUrlSender({ allowedHosts, allowedDirectories, lookup, idleMs }: SendUrlOptions): SendToUrl {
  const rules = { lookup, allowlist: createHostAllowlist(allowedHosts), cure: hostCure };
  return async (body, size, url, signal) => {
    const headers = { 'content-length': String(size) };
    try {
      if (url.protocol === 'file:') {
        await writeToFile({ body, size }, url, allowedDirectories, signal);
        return;
      }
      const response = await askUrl('PUT', url, { rules, headers, body, idleMs, signal });
      response.destroy();
      const { statusCode = 0 } = response;
      if (statusCode < 200 || statusCode > 299) throw refused(url, statusCode);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ExecError ? error : failed(url, `could not be written to: ${messageOf(error)}`, true);
    } finally {
      body.destroy();
    }
  };
}

/** @throws ExecError POLICY_DENIED | STORE_UNAVAILABLE; the signal's reason */
export function createUrlPut({ send, attempts, backoffMs }: PutUrlOptions): PutToUrl {
  const put = async (handle: FileHandle, size: number, url: URL, signal: AbortSignal): Promise<string> => {
    const file = hashFile(handle, size);
    await send(file.body, size, url, signal);
    if (file.readBytes() < size) throw failed(url, 'did not wait for the whole file', false);
    return file.sha256();
  };
  return (handle, size, url, signal) =>
    withRetries({ attempts, backoffMs, backoffMaxMs, signal, mayPass }, () => put(handle, size, url, signal));
}

function refused(url: URL, status: number): ExecError {
  const isBusy = status >= 500 || status === 429;
  const cure = isBusy ? 'Try again later' : 'Correct the URL; a presigned one has to be for a PUT and still be valid';
  return failed(url, `answered with status ${status}. ${cure}`, isBusy);
}

function failed(url: URL, problem: string, passing: boolean): ExecError {
  return new ExecError('STORE_UNAVAILABLE', `${showUrl(url)} ${problem}.`, { context: { passing } });
}

function mayPass(error: unknown): boolean {
  return error instanceof ExecError && error.context.passing === true;
}
