import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** Follows the bytes of a whole object and compares them with what the store says of it. */
export interface ContentCheck {
  update(chunk: Buffer): void;
  /** Both checksums when they differ, as `CRC32 AAAAAA==, the store said DUoRhQ==`; to be asked once, at the end. */
  difference(): string | undefined;
}

type Answer = Pick<
  GetObjectCommandOutput,
  | 'ContentLength'
  | 'ChecksumCRC32'
  | 'ChecksumSHA256'
  | 'ChecksumSHA1'
  | 'ETag'
  | 'ServerSideEncryption'
  | 'SSECustomerAlgorithm'
>;

export interface CheckOptions {
  readonly etagIsMd5: boolean;
  readonly limits: { readonly md5MaxBytes: number };
}

/** The cheapest check that the answer allows; undefined when it has no checksum that can be compared. */
export function createContentCheck(answer: Answer, options: CheckOptions): ContentCheck | undefined {
  const { ChecksumCRC32: crc, ChecksumSHA256: sha256, ChecksumSHA1: sha1 } = answer;
  if (isOfWhole(crc)) return checkCrc32(crc);
  if (isOfWhole(sha256)) return checkHash('SHA-256', sha256, createHash('sha256'), 'base64');
  if (isOfWhole(sha1)) return checkHash('SHA-1', sha1, createHash('sha1'), 'base64');
  const { ContentLength: size = 0 } = answer;
  const usesMd5 = options.etagIsMd5 && size <= options.limits.md5MaxBytes;
  const md5 = usesMd5 ? md5Of(answer) : undefined;
  return md5 === undefined ? undefined : checkHash('MD5', md5, createHash('md5'), 'hex');
}

/** The MD5 in hex that an ETag is when the object came in one piece. */
export function md5Of({
  ETag,
  ServerSideEncryption,
  SSECustomerAlgorithm,
}: Pick<Answer, 'ETag' | 'ServerSideEncryption' | 'SSECustomerAlgorithm'>): string | undefined {
  // Objects that are encrypted with a key of their owner's have other ETags.
  if (SSECustomerAlgorithm !== undefined || ServerSideEncryption?.startsWith('aws:kms') === true) return undefined;
  return /^"?([0-9a-f]{32})"?$/.exec(ETag ?? '')?.[1];
}

/** As S3 writes it: base64 of the four bytes, the highest first. */
export function crc32Text(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}

/** A checksum of the parts' checksums ends in the number of parts. */
function isOfWhole(checksum: string | undefined): checksum is string {
  return checksum !== undefined && !/-\d+$/.test(checksum);
}

function checkCrc32(said: string): ContentCheck {
  let sum = 0;
  return {
    update(chunk) {
      sum = crc32(chunk, sum);
    },
    difference: () => differenceOf('CRC32', crc32Text(sum), said),
  };
}

function checkHash(name: string, said: string, hash: Hash, encoding: 'hex' | 'base64'): ContentCheck {
  return {
    update: (chunk) => void hash.update(chunk),
    difference: () => differenceOf(name, hash.digest(encoding), said),
  };
}

function differenceOf(name: string, ours: string, said: string): string | undefined {
  return ours === said ? undefined : `${name} ${ours}, the store said ${said}`;
}
