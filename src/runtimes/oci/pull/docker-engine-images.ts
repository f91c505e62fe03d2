import { createWriteStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { pipeline } from 'node:stream/promises';

const found = 200;

/**
 * Writes an image of a local Docker Engine to a file, as `docker save` does. Asked without an API version, so that it
 * works with every engine: skopeo's own docker-daemon transport is too old for newer ones.
 * @returns false when the engine does not answer or has no such image: then the registry is asked
 */
export async function saveFromDocker(
  host: string,
  reference: string,
  file: string,
  signal: AbortSignal,
): Promise<boolean> {
  const response = await get(host, `/images/${reference}/get`, signal);
  if (response?.statusCode !== found) {
    response?.resume();
    return false;
  }
  await pipeline(response, createWriteStream(file), { signal });
  return true;
}

function get(host: string, path: string, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  const target = targetOf(host);
  if (target === undefined) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const asked = request({ ...target, path, signal }, resolve);
    asked.once('error', () => {
      // No engine there: that is no fault, since images come from registries too.
      if (signal.aborted) reject(signal.reason);
      else resolve(undefined);
    });
    asked.end();
  });
}

type Target = { socketPath: string; headers: { host: string } } | { host: string; port: number };

function targetOf(host: string): Target | undefined {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length), headers: { host: 'docker' } };
  const url = URL.canParse(host) ? new URL(host) : undefined;
  return url?.protocol === 'tcp:' && url.port !== '' ? { host: url.hostname, port: Number(url.port) } : undefined;
}
