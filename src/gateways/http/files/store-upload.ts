import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../../../http/problem.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import type { UploadedInput } from '../../../wire/http/files.ts';
import { inputPrefix } from '../../check-objects.ts';
import type { HttpOptions } from '../http-options.ts';

/**
 * The body of the request becomes an object of the tenant; nothing of it is held whole, and one that breaks off leaves
 * nothing.
 * @throws HttpProblem 400 for a name that is none, 413
 */
export async function storeUpload(name: string, request: FastifyRequest, options: HttpOptions): Promise<UploadedInput> {
  const { store, limits } = options;
  checkName(name);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limits.maxUploadBytes) throw tooLarge(limits.maxUploadBytes);
  const hash = createHash('sha256');
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > limits.maxUploadBytes ? tooLarge(limits.maxUploadBytes) : null, chunk);
    },
  });
  const left = new AbortController();
  request.raw.once('error', (error) => {
    counted.destroy(error);
    left.abort(error);
  });
  const object = `${inputPrefix(request.caller.tenant)}${name}`;
  const { defaultBucket: bucket } = store;
  await store.put({ name: object }, request.raw.pipe(counted), left.signal).catch((error: unknown) => {
    throw counted.errored instanceof HttpProblem ? counted.errored : error;
  });
  return { object_name: object, bucket, url: `s3://${bucket}/${object}`, size, sha256: hash.digest('hex') };
}

function checkName(name: string): void {
  const parts = name.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (isPlain && !/[\0-\x1f\x7f\ufffd]/.test(name)) return;
  throw new HttpProblem(400, `${JSON.stringify(name)} is not a valid input name. Use a name such as data/sales.csv.`);
}

function tooLarge(max: number): HttpProblem {
  return new HttpProblem(413, `An input may have at most ${formatBytes(max)} (EXEC_INPUT_MAX).`);
}
