import type { Logger } from '../../telemetry/log.ts';

export interface S3Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string | undefined;
}

export interface S3Limits {
  /** Bytes of one part of a multipart upload; the last may be smaller. S3 wants 5 MiB at least. */
  readonly partBytes: number;
  /** Parts of one upload; S3 takes 10,000 at most. */
  readonly maxParts: number;
  /** How many parts all uploads of the store together hold in memory. */
  readonly partsInMemory: number;
  /** Connections at once; a download holds one until its body has ended. */
  readonly connections: number;
  /** How often a request is sent before its failure counts, and how often a broken download is taken up again. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled before each further one, up to the longest. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Milliseconds within which the store must accept a connection. */
  readonly connectTimeoutMs: number;
  /** Milliseconds for which a connection may carry nothing. */
  readonly idleTimeoutMs: number;
  /**
   * Bytes of the largest download that is compared with an MD5 when the store has no cheaper checksum of it: MD5 is
   * slower than most disks and networks. Larger ones are compared by their length.
   */
  readonly md5MaxBytes: number;
  /** Milliseconds in which the remains of a failed upload must be gone; later uploads try again. */
  readonly cleanUpMs: number;
  /** Seconds for which a presigned URL may be valid. */
  readonly presignMaxSeconds: number;
  /** Names that one listing request asks for. */
  readonly listPage: number;
}

export const defaultS3Limits: S3Limits = {
  partBytes: 8 * 1024 ** 2,
  maxParts: 10_000,
  partsInMemory: 4,
  connections: 256,
  attempts: 6,
  backoffMs: 200,
  backoffMaxMs: 10_000,
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 30_000,
  md5MaxBytes: 256 * 1024 ** 2,
  cleanUpMs: 10_000,
  // The longest that Signature Version 4 allows.
  presignMaxSeconds: 7 * 24 * 3600,
  listPage: 1000,
};

export interface S3StoreOptions {
  /** `host:port` or a URL; absent: Amazon S3 of the region. */
  readonly endpoint?: string | undefined;
  /** Whether an endpoint without a scheme speaks TLS. */
  readonly useSsl: boolean;
  /** Absent: `us-east-1` with an endpoint, else what the AWS environment and files say. */
  readonly region?: string | undefined;
  /** `endpoint/bucket/name` in place of `bucket.endpoint/name`. Default: with an endpoint of one's own. */
  readonly pathStyle?: boolean | undefined;
  /** Absent: the AWS chain of environment, files and instance role. */
  readonly credentials?: S3Credentials | undefined;
  /** PEM file with certificates to trust beside the usual ones. */
  readonly caFile?: string | undefined;
  readonly defaultBucket: string;
  /** Whether the default bucket is made when an upload finds it missing. */
  readonly createBucket: boolean;
  /** Whether an ETag of 32 hex digits is the MD5 of the object, as on AWS, MinIO and SeaweedFS. */
  readonly etagIsMd5?: boolean | undefined;
  readonly limits?: Partial<S3Limits> | undefined;
  readonly logger: Logger;
}
