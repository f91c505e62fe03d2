import type { StagingLimits } from '../../src/wire/pod/keeper.ts';

const MiB = 1024 ** 2;

/** For tests that move little data. */
export const stagingLimits: StagingLimits = {
  inputBytes: 64 * MiB,
  inputFiles: 1000,
  concurrency: 2,
  fileContentBytes: MiB,
  messageBytes: 4 * MiB,
  outputBytes: 64 * MiB,
  outputFiles: 1000,
  outputDepth: 100,
  graphBytes: MiB,
  presignSeconds: 0,
};
