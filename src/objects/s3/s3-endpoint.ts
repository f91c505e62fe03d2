import { ExecError } from '../../support/exec-error.ts';
import type { S3StoreOptions } from './s3-options.ts';

/**
 * `minio:9000` → `http://minio:9000`; undefined stands for Amazon S3.
 * @throws ExecError STORE_UNAVAILABLE when it is neither an address nor a URL
 */
export function endpointUrl({ endpoint, useSsl }: Pick<S3StoreOptions, 'endpoint' | 'useSsl'>): string | undefined {
  if (endpoint === undefined || endpoint === '') return undefined;
  const text = endpoint.includes('://') ? endpoint : `${useSsl ? 'https' : 'http'}://${endpoint}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRoot = url?.pathname === '/' && url.search === '' && url.hash === '';
  const isPlain = url?.username === '' && url.password === '';
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '' && isRoot && isPlain)
    return url.origin;
  throw new ExecError(
    'STORE_UNAVAILABLE',
    `The endpoint of the object store is not an address. Set MINIO_ENDPOINT to one such as "minio:9000" or "https://s3.example.org".`,
  );
}
