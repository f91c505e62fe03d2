import { bytes, bytesOrZero, choice, decimal, integer, seconds } from './config-values.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Of one container, on any host. */
export const mostCpus = 1024;

/** What one execution may use. */
export const limitSettings = {
  timeoutDefault: seconds(0.001, 31_536_000).default(300).meta({
    group: 'Limits',
    env: 'EXEC_TIMEOUT_DEFAULT',
    description: 'Seconds a container may run if the request has no timeout.',
  }),
  timeoutMax: seconds(1, 31_536_000).default(86_400).meta({
    group: 'Limits',
    env: 'EXEC_TIMEOUT_MAX',
    description: 'Maximum timeout that a request may ask for, in seconds.',
  }),
  pullTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_PULL_TIMEOUT',
    description: 'Maximum seconds for pulling an image.',
  }),
  stageTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_STAGE_TIMEOUT',
    description: 'Maximum seconds for fetching the inputs.',
  }),
  collectTimeout: seconds(1, 86_400).default(1800).meta({
    group: 'Limits',
    env: 'EXEC_COLLECT_TIMEOUT',
    description: 'Maximum seconds for reading and uploading the outputs.',
  }),
  stopGrace: seconds(0, 3600).default(10).meta({
    group: 'Limits',
    env: 'EXEC_STOP_GRACE',
    description: 'Seconds between SIGTERM and SIGKILL.',
  }),
  cpusDefault: decimal(0.01, mostCpus).default(1).meta({
    group: 'Limits',
    env: 'EXEC_CPUS_DEFAULT',
    description: 'CPUs of a container if the request sets none.',
  }),
  cpusMax: decimal(0.01, mostCpus).optional().meta({
    group: 'Limits',
    env: 'EXEC_CPUS_MAX',
    description: 'Maximum CPUs that a request may ask for. Default: all CPUs of the host; no maximum in a cluster.',
  }),
  memoryDefault: bytes()
    .default(512 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MEMORY_DEFAULT',
      description: 'Memory limit of a container if the request sets none.',
    }),
  memoryMax: bytes()
    .default(4 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MEMORY_MAX',
      description: 'Maximum memory that a request may ask for.',
    }),
  pidsDefault: integer(1, 1_000_000).default(256).meta({
    group: 'Limits',
    env: 'EXEC_PIDS_DEFAULT',
    description: 'Maximum number of processes and threads of a container if the request sets none.',
  }),
  pidsMax: integer(1, 1_000_000).default(4096).meta({
    group: 'Limits',
    env: 'EXEC_PIDS_MAX',
    description: 'Maximum number of processes and threads that a request may ask for.',
  }),
  scratchBytes: bytes()
    .default(256 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_SCRATCH_MAX',
      description:
        'Size of /tmp, of /workspace and of the root filesystem, each, if the request sets none. Those in memory count against the memory limit.',
    }),
  diskMax: bytes()
    .default(4 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_DISK_MAX',
      description: 'Maximum size of /tmp, of /workspace and of the root filesystem, each, that a request may ask for.',
    }),
  shmDefault: bytes()
    .default(64 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_SHM_DEFAULT',
      description: 'Size of /dev/shm of a container if the request sets none. It counts against the memory limit.',
    }),
  shmMax: bytes()
    .default(4 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_SHM_MAX',
      description: 'Maximum size of /dev/shm that a request may ask for.',
    }),
  openFiles: integer(16, 1_048_576).default(16_384).meta({
    group: 'Limits',
    env: 'EXEC_OPEN_FILES',
    description: 'Maximum number of open files of one process in a container.',
  }),
  messageBytes: bytes()
    .default(8 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_MESSAGE_MAX',
      description: 'Maximum size of a request and of a response.',
    }),
  inputBytes: bytes()
    .default(16 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_INPUT_MAX',
      description: 'Maximum total size of the inputs of one execution.',
    }),
  inputFiles: integer(1, 10_000_000).default(100_000).meta({
    group: 'Limits',
    env: 'EXEC_INPUT_FILES_MAX',
    description: 'Maximum number of input files of one execution.',
  }),
  outputBytes: bytes()
    .default(16 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_OUTPUT_MAX',
      description: 'Maximum size of the output directory. Above it, the execution fails with OUTPUT_TOO_LARGE.',
    }),
  outputFiles: integer(1, 10_000_000).default(100_000).meta({
    group: 'Limits',
    env: 'EXEC_OUTPUT_FILES_MAX',
    description: 'Maximum number of files and directories in the output directory.',
  }),
  layerBytes: bytes()
    .default(10 * GiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_LAYER_MAX',
      description:
        'Maximum size of what a container writes to its root filesystem and to volumes of its image, with Docker. With oci, EXEC_SCRATCH_MAX applies.',
    }),
  layerFiles: integer(1, 10_000_000).default(500_000).meta({
    group: 'Limits',
    env: 'EXEC_LAYER_FILES_MAX',
    description:
      'Maximum number of files and directories that a container creates in its root filesystem, with a local Docker.',
  }),
  fileContentBytes: bytes().default(MiB).meta({
    group: 'Limits',
    env: 'EXEC_FILE_CONTENT_MAX',
    description: 'Maximum size of a file whose content is returned in the response.',
  }),
  logKeepBytes: bytes().default(MiB).meta({
    group: 'Limits',
    env: 'EXEC_LOG_KEEP',
    description:
      'Maximum size of result.output. The middle of a longer output is left out, and a mark says how many bytes. EXEC_LOG_ARCHIVE_MAX keeps it whole.',
  }),
  logArchiveBytes: bytesOrZero().optional().meta({
    group: 'Limits',
    env: 'EXEC_LOG_ARCHIVE_MAX',
    description:
      'Maximum size of an output that is kept whole in the object store, as long as its record, where result.output leaves out some of it. Default: EXEC_LOG_MAX. 0: none is kept.',
  }),
  logBytes: bytes()
    .default(64 * MiB)
    .meta({
      group: 'Limits',
      env: 'EXEC_LOG_MAX',
      description: 'Maximum size of what a container writes to stdout and stderr.',
    }),
  logLines: integer(1, 1_000_000_000).default(1_000_000).meta({
    group: 'Limits',
    env: 'EXEC_LOG_LINES_MAX',
    description: 'Maximum number of lines that a container writes to stdout and stderr.',
  }),
  logOverflow: choice('stop', 'cut').default('stop').meta({
    group: 'Limits',
    env: 'EXEC_LOG_OVERFLOW',
    description:
      'What happens above EXEC_LOG_MAX or EXEC_LOG_LINES_MAX: stop the container (OUTPUT_TOO_LARGE), or cut the log and continue.',
  }),
};
