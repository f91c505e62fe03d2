import { availableParallelism } from 'node:os';
import { bytes, choice, decimal, integer, seconds } from './config-values.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** What one execution may use. */
export const limitSettings = {
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
};
