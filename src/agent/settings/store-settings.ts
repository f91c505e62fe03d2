import { flag, seconds, text } from './config-values.ts';

/** Where data is kept: directories of this machine, and the object store. */
export const storeSettings = {
  dataDir: text().default('/var/lib/exec-agent').meta({
    group: 'Places',
    env: 'EXEC_DATA_DIR',
    description: 'What outlives a run: images of the oci runtime, objects of the directory store, the private Redis.',
  }),
  workDir: text().optional().meta({
    group: 'Places',
    env: 'EXEC_WORK_DIR',
    description: 'Where workspaces are made. Default: work below EXEC_DATA_DIR.',
  }),
  minioEndpoint: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_ENDPOINT',
    description: 'S3 store as host:port or URL: MinIO, SeaweedFS, AWS. Unset: a directory below EXEC_DATA_DIR.',
  }),
  minioAccessKey: text().optional().meta({
    group: 'Object store',
    env: 'MINIO_ACCESS_KEY',
    secret: true,
    description: 'Access key of the S3 store. Unset: the AWS chain of environment, files and instance role.',
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
    description: 'Speak TLS to an endpoint that is given without a scheme.',
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
    description: 'Seconds for which uploaded objects can be read by a URL in the answer; 0: no URLs.',
  }),
  bucket: text().default('exec-agent').meta({
    group: 'Object store',
    env: 'MINIO_BUCKET',
    description: 'Bucket of requests that name none, and of uploads.',
  }),
};
