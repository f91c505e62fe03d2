import { bytesOrZero, flag, seconds, text } from './config-values.ts';

/** Where data is kept: directories of this machine, and the object store. */
export const storeSettings = {
  dataDir: text().default('/var/lib/exec-agent').meta({
    group: 'Places',
    env: 'EXEC_DATA_DIR',
    description:
      'Directory for data that outlives a run: images of the oci runtime, objects of the directory store, the private Redis.',
  }),
  workDir: text().optional().meta({
    group: 'Places',
    env: 'EXEC_WORK_DIR',
    description: 'Directory for workspaces. Default: work below EXEC_DATA_DIR.',
  }),
  inputCacheBytes: bytesOrZero().default(0).meta({
    group: 'Places',
    env: 'EXEC_INPUT_CACHE',
    description:
      'Maximum size of the cache of input objects, below the directory for workspaces: an object that did not change is not downloaded again for the same tenant. 0 disables it. Docker with bind mounts and OCI runtimes.',
  }),
  minioEndpoint: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_ENDPOINT',
    description: 'S3 store as host:port or URL: MinIO, SeaweedFS, AWS. Unset: objects are files below EXEC_DATA_DIR.',
  }),
  minioAccessKey: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_ACCESS_KEY',
    secret: true,
    description: 'Access key of the S3 store. Unset: AWS credentials from environment, files or instance role.',
  }),
  minioSecretKey: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_SECRET_KEY',
    secret: true,
    description: 'Secret key of the S3 store.',
  }),
  minioUseSsl: flag().default(false).meta({
    group: 'Object store',
    env: 'MINIO_USE_SSL',
    description: 'Use TLS if MINIO_ENDPOINT has no scheme.',
  }),
  minioRegion: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_REGION',
    description: 'Region of the S3 store.',
  }),
  minioCaFile: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_CA_FILE',
    description: 'Certificate authority of the S3 store, as a PEM file.',
  }),
  presignSeconds: seconds(0, 604_800).default(0).meta({
    group: 'Object store',
    env: 'EXEC_PRESIGN',
    description: 'Seconds for which the presigned URLs in a response are valid. 0: no URLs.',
  }),
  bucket: text().default('exec-agent').meta({
    group: 'Object store',
    env: 'MINIO_BUCKET',
    description: 'Bucket for uploads, and for requests that name no bucket.',
  }),
};
