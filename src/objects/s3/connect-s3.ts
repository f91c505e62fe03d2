import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { S3Client } from '@aws-sdk/client-s3';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createSocketReads, type SocketReads } from './download/divert-sockets.ts';
import { explainFailure, type S3Request } from './failures/explain-failure.ts';
import type { S3FailureKind } from './failures/failure-codes.ts';
import { mayPass, readFailure } from './failures/s3-failure.ts';
import { endpointUrl } from './s3-endpoint.ts';
import { defaultS3Limits, type S3Limits, type S3StoreOptions } from './s3-options.ts';
import { setRequestHeaders } from './set-request-headers.ts';

/** The SDK's module, which is loaded when the first object is asked for. */
export type S3Sdk = typeof import('@aws-sdk/client-s3');

export interface S3Connection {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  /** Signs URLs without the headers that our own requests have. */
  readonly signer: S3Client;
  /** The one bucket that may be made when it is missing. */
  readonly bucketToCreate: string | undefined;
  /** How what arrives is read. */
  readonly reads: SocketReads;
  readonly limits: S3Limits;
  readonly etagIsMd5: boolean;
  readonly logger: Logger;
  /**
   * Sends a request, again while that may help.
   * @throws ExecError that says what failed, or the signal's reason
   */
  ask<T>(request: S3Request, signal: AbortSignal, send: (attempt: number) => Promise<T>): Promise<T>;
  /** Any failure of a request as an ExecError. */
  explain(error: unknown, request: S3Request): ExecError;
  /** A failure that no request met but we found. */
  failure(kind: S3FailureKind, request: S3Request, message?: string): ExecError;
}

/** Loads the SDK and makes a client; nothing is sent yet. @throws ExecError STORE_UNAVAILABLE when a setting is wrong */
export async function connectS3(options: S3StoreOptions): Promise<S3Connection> {
  const limits = { ...defaultS3Limits, ...options.limits };
  const { logger, etagIsMd5 = true } = options;
  const endpoint = endpointUrl(options);
  const facts = { address: endpoint ?? 'Amazon S3', hasCredentials: options.credentials !== undefined, limits };
  const [sdk, ca] = await Promise.all([import('@aws-sdk/client-s3'), readCa(options.caFile)]);
  const settings = { ...options, endpoint, limits, ca };
  const reads = createSocketReads();
  const client = createClient(sdk, settings, reads);
  setRequestHeaders(client);
  const explain = (error: unknown, request: S3Request) =>
    error instanceof ExecError ? error : explainFailure(readFailure(error), request, facts, error);
  return {
    sdk,
    client,
    signer: createClient(sdk, settings, reads),
    bucketToCreate: options.createBucket ? options.defaultBucket : undefined,
    reads,
    limits,
    etagIsMd5,
    logger,
    explain,
    failure: (kind, request, message = '') =>
      explainFailure({ kind, code: '', status: undefined, message, requestId: undefined }, request, facts),
    async ask(request, signal, send) {
      const mayPassNow = (error: unknown, attempt: number) => {
        const failure = readFailure(error);
        if (!mayPass(failure)) return false;
        logger.warn({ ...request, attempt, code: failure.code, status: failure.status }, 'object store: trying again');
        return true;
      };
      try {
        return await withRetries({ ...limits, signal, mayPass: mayPassNow }, send);
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error, request);
      }
    },
  };
}

interface ClientSettings extends S3StoreOptions {
  readonly limits: S3Limits;
  readonly ca: string | undefined;
}

function createClient(sdk: S3Sdk, settings: ClientSettings, reads: SocketReads): S3Client {
  const { endpoint, limits, ca, credentials, pathStyle = endpoint !== undefined } = settings;
  const region = settings.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const sockets = { keepAlive: true, maxSockets: limits.connections };
  const httpAgent = new HttpAgent(sockets);
  const httpsAgent = new HttpsAgent({ ...sockets, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) });
  for (const agent of [httpAgent, httpsAgent]) reads.share(agent);
  return new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials: credentialsOf(credentials) }),
    forcePathStyle: pathStyle,
    // Our own retries know which bodies can be sent again.
    maxAttempts: 1,
    // Checksums are ours too: the SDK's stop at the first broken connection, and cost it a second reading.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it, each large upload would open a connection of its own.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: limits.connectTimeoutMs,
      socketTimeout: limits.idleTimeoutMs,
      httpAgent,
      httpsAgent,
    },
  });
}

function credentialsOf({ accessKey, secretKey, sessionToken }: NonNullable<S3StoreOptions['credentials']>) {
  const keys = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return sessionToken === undefined ? keys : { ...keys, sessionToken };
}

async function readCa(caFile: string | undefined): Promise<string | undefined> {
  if (caFile === undefined) return undefined;
  try {
    return await readFile(caFile, 'utf8');
  } catch (error) {
    throw new ExecError(
      'STORE_UNAVAILABLE',
      `The certificates of the object store in ${caFile} cannot be read (${messageOf(error)}). Set MINIO_CA_FILE to a PEM file.`,
      { cause: error },
    );
  }
}
