import { createHash } from 'node:crypto';
import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { md5Of } from '../content-check.ts';

type Answer = Pick<PutObjectCommandOutput, 'ChecksumCRC32' | 'ETag' | 'ServerSideEncryption' | 'SSECustomerAlgorithm'>;

/**
 * Compares what the store says it received with what was sent. A store that repeats the CRC32 has compared it itself;
 * of one that knows only MD5 the ETag tells.
 * @throws Error with the code `BadDigest`, as the store's own refusal has
 */
export function checkReceived(
  { etagIsMd5 }: { readonly etagIsMd5: boolean },
  answer: Answer,
  sent: { readonly body: Buffer; readonly crc: string },
): void {
  const { ChecksumCRC32: crc } = answer;
  const md5 = crc === undefined && etagIsMd5 ? md5Of(answer) : undefined;
  if (crc !== undefined && crc !== sent.crc) throw different(`CRC32 ${sent.crc}, it has ${crc}`);
  if (md5 === undefined) return;
  const ours = createHash('md5').update(sent.body).digest('hex');
  if (md5 !== ours) throw different(`MD5 ${ours}, it has ${md5}`);
}

function different(message: string): Error {
  return Object.assign(new Error(message), { code: 'BadDigest' });
}
