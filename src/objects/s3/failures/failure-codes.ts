/** What kind of failure a request met; each has its own sentence. */
export type S3FailureKind =
  | 'no-object'
  | 'no-bucket'
  | 'no-upload'
  | 'changed'
  | 'refused'
  | 'clock'
  | 'full'
  | 'busy'
  | 'slow'
  | 'unreachable'
  | 'broken'
  | 'tls'
  | 'damaged'
  | 'corrupt'
  | 'region'
  | 'invalid'
  | 'other';

/** S3's codes of AWS, MinIO and SeaweedFS, the SDK's own names, and Node's codes. */
const codesOfKinds: readonly (readonly [S3FailureKind, readonly string[]])[] = [
  ['no-object', ['NoSuchKey', 'NoSuchVersion']],
  ['no-bucket', ['NoSuchBucket']],
  ['no-upload', ['NoSuchUpload']],
  ['changed', ['PreconditionFailed', 'InvalidRange']],
  ['refused', ['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken']],
  ['refused', ['AllAccessDisabled', 'AccountProblem', 'CredentialsProviderError', 'TokenProviderError']],
  ['clock', ['RequestTimeTooSkewed', 'RequestInTheFuture', 'RequestExpired']],
  ['full', ['InsufficientStorage', 'XMinioStorageFull', 'StorageFull', 'QuotaExceeded', 'ENOSPC']],
  ['full', ['XMinioAdminBucketQuotaExceeded']],
  ['busy', ['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'InternalError', 'OperationAborted']],
  ['busy', ['TooManyRequests', 'RequestLimitExceeded', 'XMinioServerNotInitialized']],
  ['slow', ['TimeoutError', 'ETIMEDOUT', 'RequestTimeout']],
  ['unreachable', ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']],
  ['broken', ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'IncompleteBody', 'ERR_STREAM_PREMATURE_CLOSE']],
  ['tls', ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']],
  ['tls', ['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']],
  ['tls', ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO']],
  ['damaged', ['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch']],
  ['region', ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException']],
  ['invalid', ['InvalidBucketName', 'KeyTooLongError', 'XMinioInvalidObjectName', 'XMinioInvalidResourceName']],
  ['invalid', ['XMinioParentIsObject', 'InvalidURI', 'EntityTooLarge']],
];

export const failureCodes: ReadonlyMap<string, S3FailureKind> = new Map(
  codesOfKinds.flatMap(([kind, codes]) => codes.map((code): [string, S3FailureKind] => [code, kind])),
);

/** Stores without a code for a full disk say so in the message of another. */
export const storageFullText =
  /no space left|\bENOSPC\b|disk (is )?full|minimum free drive|no (more )?(free|writable) volumes|not enough (disk )?space|quota exceeded/i;
