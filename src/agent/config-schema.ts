import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { isAllowlistEntry } from '../support/host-allowlist.ts';
import { bytes, choice, decimal, flag, integer, list, seconds, text } from './config-values.ts';
import { httpSettings } from './http-settings.ts';
import { serviceSettings } from './service-settings.ts';
import { webhookSettings } from './webhook-settings.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The environment variable of a configuration entry. */
    env?: string;
    /** Never shown. */
    secret?: boolean;
    group?: string;
  }
}

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Every setting of the agent, with its variable, its default and what it is for. */
export const configSchema = z.object({
  redisUrl: text().optional().meta({
    group: 'Redis',
    env: 'REDIS_URL',
    secret: true,
    description:
      'Redis to serve: redis://, rediss://, unix:///path or redis+sentinel://host:port,host:port/master. Unset: a private redis-server is started.',
  }),
  requestChannel: text().default('exec-requests').meta({
    group: 'Redis',
    env: 'EXEC_REQUEST_CHANNEL',
    description: 'Channel on which requests are published.',
  }),
  responseChannel: text().default('exec-responses').meta({
    group: 'Redis',
    env: 'EXEC_RESPONSE_CHANNEL',
    description: 'Channel on which answers are published.',
  }),
  controlChannel: text().default('exec-control').meta({
    group: 'Redis',
    env: 'EXEC_CONTROL_CHANNEL',
    description: 'Channel for {"cancel": "<correlation_id or execution_id>"}.',
  }),
  eventsChannel: text().default('exec-events').meta({
    group: 'Redis',
    env: 'EXEC_EVENTS_CHANNEL',
    description: 'Channel on which every change of state is published.',
  }),
  logsChannel: text().default('exec-logs').meta({
    group: 'Redis',
    env: 'EXEC_LOGS_CHANNEL',
    description: 'Output is published as it comes on this channel, followed by a colon and the execution id.',
  }),
  answersKept: integer(1, 10_000_000).default(10_000).meta({
    group: 'Redis',
    env: 'EXEC_ANSWERS_KEPT',
    description: 'Answers that the answer stream holds, about.',
  }),
  redisCaFile: text().optional().meta({
    group: 'Redis',
    env: 'EXEC_REDIS_CA',
    description: 'Certificate authority of a rediss:// server, as a PEM file.',
  }),
  keyPrefix: text().default('exec').meta({
    group: 'Redis',
    env: 'EXEC_KEY_PREFIX',
    description: 'First part of every key; agents that share it and a Redis form one deployment.',
  }),

  runtime: choice('auto', 'docker', 'oci').default('auto').meta({
    group: 'Runtime',
    env: 'EXEC_RUNTIME',
    description:
      'What runs containers: docker, oci (crun or runc, no daemon), or auto: a Docker that answers, else oci.',
  }),
  dockerHost: text().default('unix:///var/run/docker.sock').meta({
    group: 'Runtime',
    env: 'DOCKER_HOST',
    description: 'Docker Engine: unix:///path or tcp://host:port.',
  }),
  dockerTlsVerify: flag().default(false).meta({
    group: 'Runtime',
    env: 'DOCKER_TLS_VERIFY',
    description: 'Speak TLS to the engine and check its certificate.',
  }),
  dockerCertPath: text().optional().meta({
    group: 'Runtime',
    env: 'DOCKER_CERT_PATH',
    description: 'Directory with ca.pem, cert.pem and key.pem for TLS.',
  }),
  dockerTransfer: choice('auto', 'bind', 'archive').default('auto').meta({
    group: 'Runtime',
    env: 'EXEC_DOCKER_TRANSFER',
    description:
      'How data reaches containers: bind mounts, the archive API, or auto: bind mounts where they are proven to work.',
  }),
  engineAwaySeconds: seconds(1, 86_400).default(600).meta({
    group: 'Runtime',
    env: 'EXEC_ENGINE_AWAY',
    description:
      'Seconds for which a container is waited for while its Docker Engine does not answer, as during a restart; then it is given up.',
  }),
  startsAtOnce: integer(1, 1024)
    .default(availableParallelism() * 2)
    .meta({
      group: 'Runtime',
      env: 'EXEC_STARTS_AT_ONCE',
      description: 'Containers that a Docker Engine is asked to start at a time. Default: two per CPU.',
    }),
  warmContainers: integer(0, 1024).default(0).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_CONTAINERS',
    description:
      'Containers that are started on a Docker Engine of this machine before they have a command, of what ran lately or waits in the queue, each for one execution; 0: none.',
  }),
  warmMemory: bytes().default(GiB).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_MEMORY',
    description:
      'Memory that these containers may use together, as their limits say; that much more than EXEC_MIN_FREE_MEMORY has to be available.',
  }),
  warmIdleSeconds: seconds(1, 86_400).default(300).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_IDLE',
    description: 'Seconds without an execution that could have used one after which these containers are removed.',
  }),
  dockerConfig: text().optional().meta({
    group: 'Registries',
    env: 'DOCKER_CONFIG',
    description: 'Directory of the config.json that "docker login" writes; both runtimes use it. Default: ~/.docker.',
  }),
  registriesFile: text().optional().meta({
    group: 'Registries',
    env: 'EXEC_REGISTRIES_FILE',
    description:
      'YAML file with what is set for each registry: user, password_file or password_env, mirrors, ca, insecure. See docs/registries.md.',
  }),
  hostImage: flag().default(false).meta({
    group: 'Runtime',
    env: 'EXEC_HOST_IMAGE',
    description: 'Allow the image name "host": this machine’s /usr, read-only, on the oci runtime.',
  }),
  imageStoreBytes: bytes()
    .default(20 * GiB)
    .meta({
      group: 'Runtime',
      env: 'EXEC_IMAGE_STORE_MAX',
      description: 'How large the image store of the oci runtime may grow.',
    }),

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

  inputHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Inputs',
      env: 'EXEC_INPUT_HOSTS',
      description:
        'Hosts, addresses and networks (files.example.com,*.example.com,10.0.0.0/8) that inputs may be read from by URL although they are not on the public internet.',
    }),
  inputDirectories: list(
    (path) => path.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)/.test(path),
    'absolute paths, with commas between them',
  )
    .optional()
    .meta({
      group: 'Inputs',
      env: 'EXEC_INPUT_FILES',
      description: 'Directories of this machine that inputs may be read from by file: URLs. Unset: none.',
    }),

  policyFile: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_POLICY_FILE',
    description:
      'What may run, with what, for whom: a YAML file, read again when it changes. See docs/policy.md. Unset: the limits below alone.',
  }),

  uploadHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Outputs',
      env: 'EXEC_UPLOAD_HOSTS',
      description:
        'Hosts, addresses and networks that output.upload_to may send files to by URL although they are not on the public internet.',
    }),
  ...httpSettings,

  ...webhookSettings,

  scanCommand: text().optional().meta({
    group: 'Policy',
    env: 'EXEC_SCAN_COMMAND',
    description:
      'Command that prints what it finds in an image as JSON of Trivy or Grype, with {id}, {digest}, {reference} or, on oci, {rootfs} in it: "trivy image --quiet --format json {id}", "grype --output json dir:{rootfs}".',
  }),
  scanTimeout: seconds(1, 86_400).default(600).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_TIMEOUT',
    description: 'Seconds that scanning an image may take.',
  }),
  scanMaxAge: seconds(0, 31_536_000).default(604_800).meta({
    group: 'Policy',
    env: 'EXEC_SCAN_MAX_AGE',
    description: 'Seconds after which an image is scanned again: scanners learn of new vulnerabilities.',
  }),
  secretsPrefix: text().default('EXEC_SECRET_').meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_PREFIX',
    description: 'Variables that begin with this hold secrets: EXEC_SECRET_OPENAI_KEY is the secret OPENAI_KEY.',
  }),
  secretsDir: text().optional().meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_DIR',
    description: 'Directory with one file for each secret, by its name, as Docker and Kubernetes mount them.',
  }),
  secretsFile: text().optional().meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_FILE',
    description: 'YAML or JSON file of names and values of secrets.',
  }),
  secretsMemory: text().default('/dev/shm/exec-agent').meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_MEMORY',
    description: 'Directory in memory (tmpfs) from which containers get secrets that come as files.',
  }),

  concurrency: integer(1, 1024)
    .default(availableParallelism() * 2)
    .meta({
      group: 'Work',
      env: 'EXEC_CONCURRENCY',
      description: 'Executions at once. Default: two per CPU.',
    }),
  queueMax: integer(1, 10_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_QUEUE_MAX',
    description: 'Requests that may wait; one more is answered QUEUE_FULL.',
  }),
  leaseSeconds: seconds(1, 3600).default(30).meta({
    group: 'Work',
    env: 'EXEC_LEASE',
    description: 'Seconds after which an agent that is not heard of has lost its executions.',
  }),
  dedupeSeconds: seconds(1, 86_400).default(600).meta({
    group: 'Work',
    env: 'EXEC_DEDUPE_WINDOW',
    description: 'Seconds in which the same correlation id and body are the same request.',
  }),
  retentionSeconds: seconds(60, 31_536_000).default(86_400).meta({
    group: 'Work',
    env: 'EXEC_RETENTION',
    description: 'Seconds for which the record of a finished execution is kept.',
  }),
  retained: integer(1, 100_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_RETENTION_COUNT',
    description: 'Records of finished executions that are kept at most, once they are older than the dedupe window.',
  }),
  minFreeDisk: bytes().default(GiB).meta({
    group: 'Work',
    env: 'EXEC_MIN_FREE_DISK',
    description: 'Below this much free space for workspaces no more work is taken.',
  }),
  minFreeMemory: bytes()
    .default(256 * MiB)
    .meta({
      group: 'Work',
      env: 'EXEC_MIN_FREE_MEMORY',
      description: 'Below this much available memory no more work is taken.',
    }),
  drainSeconds: seconds(0, 86_400).default(30).meta({
    group: 'Work',
    env: 'EXEC_DRAIN',
    description:
      'Seconds that a stopping agent waits for what still runs; then it lets go, and the next one follows on.',
  }),

  timeoutDefault: seconds(0.001, 31_536_000).default(300).meta({
    group: 'Limits',
    env: 'EXEC_TIMEOUT_DEFAULT',
    description: 'Seconds a container may run when the request does not say.',
  }),
  timeoutMax: seconds(1, 31_536_000).default(86_400).meta({
    group: 'Limits',
    env: 'EXEC_TIMEOUT_MAX',
    description: 'The longest timeout a request may ask for, in seconds.',
  }),
  pullTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_PULL_TIMEOUT',
    description: 'Seconds that bringing an image may take.',
  }),
  stageTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_STAGE_TIMEOUT',
    description: 'Seconds that bringing the inputs may take.',
  }),
  collectTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_COLLECT_TIMEOUT',
    description: 'Seconds that reading and uploading the outputs may take.',
  }),
  stopGrace: seconds(0, 3600).default(10).meta({
    group: 'Limits',
    env: 'EXEC_STOP_GRACE',
    description: 'Seconds between SIGTERM and SIGKILL.',
  }),
  cpusDefault: decimal(0.01, 1024).default(1).meta({
    group: 'Limits',
    env: 'EXEC_CPUS_DEFAULT',
    description: 'CPUs of a container when the request does not say.',
  }),
  cpusMax: decimal(0.01, 1024).default(availableParallelism()).meta({
    group: 'Limits',
    env: 'EXEC_CPUS_MAX',
    description: 'CPUs a request may ask for. Default: all of this machine.',
  }),
  memoryDefault: bytes()
    .default(512 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MEMORY_DEFAULT',
      description: 'Memory of a container when the request does not say.',
    }),
  memoryMax: bytes()
    .default(4 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MEMORY_MAX',
      description: 'Memory a request may ask for.',
    }),
  pidsDefault: integer(1, 1_000_000).default(256).meta({
    group: 'Limits',
    env: 'EXEC_PIDS_DEFAULT',
    description: 'Processes and threads of a container when the request does not say.',
  }),
  pidsMax: integer(1, 1_000_000).default(4096).meta({
    group: 'Limits',
    env: 'EXEC_PIDS_MAX',
    description: 'Processes and threads a request may ask for.',
  }),
  scratchBytes: bytes()
    .default(256 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_SCRATCH_MAX',
      description:
        'Size of /tmp, of /workspace and of the root filesystem, each, when the request does not say; what lies in memory counts as memory.',
    }),
  diskMax: bytes()
    .default(4 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_DISK_MAX',
      description: 'Size of /tmp, of /workspace and of the root filesystem, each, that a request may ask for.',
    }),
  openFiles: integer(16, 1_048_576).default(16_384).meta({
    group: 'Limits',
    env: 'EXEC_OPEN_FILES',
    description: 'Files that one process of a container may have open.',
  }),
  messageBytes: bytes()
    .default(8 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MESSAGE_MAX',
      description: 'Size of a request and of an answer.',
    }),
  inputBytes: bytes()
    .default(16 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_INPUT_MAX',
      description: 'Size of all inputs of one execution together.',
    }),
  inputFiles: integer(1, 10_000_000).default(100_000).meta({
    group: 'Limits',
    env: 'EXEC_INPUT_FILES_MAX',
    description: 'Files among the inputs of one execution.',
  }),
  outputBytes: bytes()
    .default(16 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_OUTPUT_MAX',
      description: 'Size of the output directory; more is OUTPUT_TOO_LARGE.',
    }),
  outputFiles: integer(1, 10_000_000).default(100_000).meta({
    group: 'Limits',
    env: 'EXEC_OUTPUT_FILES_MAX',
    description: 'Files and directories in the output directory.',
  }),
  layerBytes: bytes()
    .default(10 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_LAYER_MAX',
      description:
        'How much a container may write to its root filesystem on docker, where that is watched; on oci it is EXEC_SCRATCH_MAX.',
    }),
  layerFiles: integer(1, 10_000_000).default(500_000).meta({
    group: 'Limits',
    env: 'EXEC_LAYER_FILES_MAX',
    description:
      "Files and directories that a container may make in its root filesystem on docker, where the engine's directory is in sight.",
  }),
  fileContentBytes: bytes().default(MiB).meta({
    group: 'Limits',
    env: 'EXEC_FILE_CONTENT_MAX',
    description: 'Largest file whose content comes back inside the answer.',
  }),
  logKeepBytes: bytes().default(MiB).meta({
    group: 'Limits',
    env: 'EXEC_LOG_KEEP',
    description: 'How much of the output comes back inside the answer; the middle of a longer one is left out.',
  }),
  logBytes: bytes()
    .default(64 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_LOG_MAX',
      description: 'How much a container may write to stdout and stderr.',
    }),
  logLines: integer(1, 1_000_000_000).default(1_000_000).meta({
    group: 'Limits',
    env: 'EXEC_LOG_LINES_MAX',
    description: 'How many lines a container may write to stdout and stderr.',
  }),
  logOverflow: choice('stop', 'cut').default('stop').meta({
    group: 'Limits',
    env: 'EXEC_LOG_OVERFLOW',
    description:
      'What happens beyond EXEC_LOG_MAX or EXEC_LOG_LINES_MAX: stop the container (OUTPUT_TOO_LARGE), or cut the log and go on.',
  }),

  ...serviceSettings,

  logLevel: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info').meta({
    group: 'Log',
    env: 'LOG_LEVEL',
    description: 'How much the agent says on stderr.',
  }),
});

export type Config = z.infer<typeof configSchema>;

export interface ConfigEntry {
  readonly key: string;
  readonly env: string;
  readonly group: string;
  readonly description: string;
  readonly secret: boolean;
  readonly default: unknown;
}

/** The settings as a table, for `exec-agent config` and `.env.example`. */
export const configEntries: readonly ConfigEntry[] = Object.entries(configSchema.shape).map(([key, schema]) => {
  const { env = key, group = 'Other', description = '', secret = false } = schema.meta() ?? {};
  const parsed = schema.safeParse(undefined);
  return { key, env, group, description, secret, default: parsed.data };
});
