import { join, resolve } from 'node:path';
import { createDirectoryStore } from '../../objects/directory/create-directory-store.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { createS3Store } from '../../objects/s3/create-s3-store.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';

/** The S3 store that MINIO_ENDPOINT names, else a directory that needs no server. */
export function openStore(config: Config, logger: Logger): ObjectStore {
  const { minioEndpoint: endpoint, bucket: defaultBucket } = config;
  if (endpoint === undefined)
    return createDirectoryStore({ root: join(resolve(config.dataDir), 'objects'), defaultBucket });
  return createS3Store({
    endpoint,
    useSsl: config.minioUseSsl,
    region: config.minioRegion,
    credentials: credentialsOf(config),
    caFile: config.minioCaFile,
    defaultBucket,
    createBucket: true,
    logger,
  });
}

function credentialsOf({ minioAccessKey: accessKey, minioSecretKey: secretKey }: Config) {
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey !== undefined && secretKey !== undefined) return { accessKey, secretKey };
  const missing = accessKey === undefined ? 'MINIO_ACCESS_KEY' : 'MINIO_SECRET_KEY';
  throw new ExecError('INVALID_REQUEST', `${missing} is not set: the two MINIO keys go together.`);
}
