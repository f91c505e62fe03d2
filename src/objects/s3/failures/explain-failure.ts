import { ExecError } from '../../../support/exec-error.ts';
import { formatSeconds } from '../../../support/text/duration.ts';
import { showName } from '../s3-object.ts';
import type { S3Limits } from '../s3-options.ts';
import type { S3FailureKind } from './failure-codes.ts';
import type { S3Failure } from './s3-failure.ts';

/** What a request was about, as far as a sentence needs it. */
export interface S3Request {
  readonly action: 'read' | 'write' | 'list' | 'remove' | 'create';
  readonly bucket: string;
  readonly name: string;
}

export interface StoreFacts {
  /** URL, or `Amazon S3`. */
  readonly address: string;
  /** Whether the settings hold the credentials; the AWS chain finds them otherwise. */
  readonly hasCredentials: boolean;
  readonly limits: S3Limits;
}

type Sentence = (failure: S3Failure, request: S3Request, facts: StoreFacts) => string;

const keys = ({ hasCredentials }: StoreFacts): string =>
  hasCredentials
    ? 'MINIO_ACCESS_KEY and MINIO_SECRET_KEY'
    : 'the AWS credentials of the agent (environment, ~/.aws, instance role), or set MINIO_ACCESS_KEY and MINIO_SECRET_KEY';

const longestQuote = 300;

const said = ({ code, status, message }: S3Failure): string => {
  const facts = [status, code].filter((fact) => fact !== undefined && fact !== '').join(' ');
  // Proxies in front of a store answer with whole pages.
  const text = message
    .replaceAll(/\s+/g, ' ')
    .slice(0, longestQuote)
    .replace(/[.\s]+$/, '');
  return text === '' || text === 'UnknownError' || text === code ? facts : `${facts}: ${text}`;
};

const verbs = { read: 'reading', write: 'writing', list: 'listing', remove: 'removing', create: 'creating' } as const;

const sentences: Readonly<Record<S3FailureKind, Sentence>> = {
  'no-object': (_, { bucket, name }, { address }) =>
    `There is no object ${showName(name)} in the bucket "${bucket}" of the object store at ${address}. Check its name, or put it there first.`,
  'no-bucket': (_, { bucket, action }, { address }) =>
    `There is no bucket "${bucket}" in the object store at ${address}. ${
      action === 'write' ? 'Create it, or set MINIO_BUCKET to one that exists.' : 'Check its name, or create it.'
    }`,
  'no-upload': (_, { bucket, name }, { address }) =>
    `The object store at ${address} dropped the upload of ${showName(name)} to the bucket "${bucket}" before it was complete. Run it again; if it happens again, let the store keep unfinished uploads for longer.`,
  changed: (_, { bucket, name }, { address }) =>
    `The object ${showName(name)} in the bucket "${bucket}" of the object store at ${address} was replaced or removed while it was read. Run it again when the object no longer changes.`,
  refused: (failure, { action, bucket }, facts) =>
    `The object store at ${facts.address} refused ${verbs[action]} in the bucket "${bucket}" (${said(failure)}). Check ${keys(facts)}, and what they may do there.`,
  clock: (failure, _, { address }) =>
    `The clocks of the agent and of the object store at ${address} differ by more than the store allows (${said(failure)}). Set both by NTP.`,
  full: (failure, { bucket, action }, { address }) =>
    `The object store at ${address} is full: ${verbs[action]} in the bucket "${bucket}" failed (${said(failure)}). Free space there, or raise its quota.`,
  busy: (failure, { bucket, action }, { address, limits }) =>
    `The object store at ${address} is overloaded or failing: ${verbs[action]} in the bucket "${bucket}" failed ${limits.attempts} times (${said(failure)}). Look at its log${action === 'write' ? ' and its free space' : ''}, and run it again later.`,
  slow: (failure, { bucket, action }, { address, limits }) =>
    `The object store at ${address} is too slow: ${verbs[action]} in the bucket "${bucket}" got no answer, ${limits.attempts} times (waiting at most ${formatSeconds(limits.connectTimeoutMs)} for a connection and ${formatSeconds(limits.idleTimeoutMs)} for data; ${said(failure)}). Look at its load and at the network between.`,
  unreachable: (failure, _, { address }) =>
    `The object store at ${address} cannot be reached (${said(failure)}). Check that it runs, and MINIO_ENDPOINT.`,
  broken: (failure, { bucket, action }, { address, limits }) =>
    `The object store at ${address} broke the connection: ${verbs[action]} in the bucket "${bucket}" failed ${limits.attempts} times (${said(failure)}). Look at its log, and run it again.`,
  tls: (failure, _, { address }) =>
    `No secure connection to the object store at ${address} (${said(failure)}). Check MINIO_USE_SSL, and set MINIO_CA_FILE to the certificate of its authority if it has one of its own.`,
  damaged: (failure, { bucket, name }, { address }) =>
    `The bytes of ${showName(name)} reached the bucket "${bucket}" of the object store at ${address} damaged: its checksum differs from ours (${said(failure)}). Run it again; if it happens again, check the network and the memory of both machines.`,
  corrupt: ({ message }, { bucket, name }, { address }) =>
    `The object ${showName(name)} in the bucket "${bucket}" of the object store at ${address} is damaged: what arrived has the ${message}. Run it again; if it happens again, put the object there anew.`,
  region: (failure, { bucket }, { address }) =>
    `The bucket "${bucket}" is in another region than the one the agent uses at ${address} (${said(failure)}). Set MINIO_REGION.`,
  invalid: (failure, { bucket, name }, { address }) =>
    `The object store at ${address} does not allow the name ${showName(name)} in the bucket "${bucket}" (${said(failure)}). Choose another name.`,
  other: (failure, { bucket, name, action }, { address }) =>
    `The object store at ${address} failed at ${verbs[action]} ${showName(name)} in the bucket "${bucket}" (${said(failure)}). Look at its log, and check MINIO_ENDPOINT and MINIO_USE_SSL.`,
};

/** The failure of a request as users see it. */
export function explainFailure(failure: S3Failure, request: S3Request, facts: StoreFacts, cause?: unknown): ExecError {
  const { kind, code, status, requestId } = failure;
  const context = { ...request, address: facts.address, kind, code, status, requestId };
  return new ExecError(errorCodeOf(kind, request), sentences[kind](failure, request, facts), {
    context,
    // An answer's error drags its request, headers and socket along, and says no more than what was read of it.
    cause: status === undefined ? cause : undefined,
  });
}

function errorCodeOf(kind: S3FailureKind, { action }: S3Request) {
  if (kind === 'invalid') return 'INVALID_REQUEST';
  const isMissing = kind === 'no-object' || kind === 'changed' || (kind === 'no-bucket' && action !== 'write');
  return isMissing ? 'INPUT_NOT_FOUND' : 'STORE_UNAVAILABLE';
}
