import { defineConfig } from 'vitest/config';

const testFiles = (...names: string[]) => names.map((name) => `tests/${name}.test.ts`);

// The longest, and those with an engine of their own that is killed.
const engines = testFiles(
  'docker/docker-runtime',
  'docker/engine-restart',
  'oci/oci-runtime',
  'recovery/recovery',
  'recovery/takeover',
);

// Limits that are reached are no neighbours for anyone else.
const limits = testFiles('hostile/escape');

// All attacks on all drivers together take a minute.
const hostile = testFiles('hostile/hostile');

// Packages are installed and images are built: that takes a minute of its own.
const shipped = ['tests/ship/**/*.test.ts', 'tests/first-hour/**/*.test.ts'];

// A busy CI host makes a test of time fail now and then: it is tried once more, and named at the end of the log.
const retry = process.env.CI === undefined ? 0 : 1;

const real = {
  retry,
  globalSetup: ['tests/parts/global-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 300_000,
};

// Loading the modules anew for each file would take a minute.
const shared = { ...real, isolate: false };

export default defineConfig({
  test: {
    // An engine with containers to stop takes its time.
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'unit',
          retry,
          isolate: false,
          include: ['src/**/*.test.ts', 'ui/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'real',
          include: ['tests/**/*.test.ts'],
          exclude: [...engines, ...limits, ...hostile, ...shipped, 'tests/kubernetes/**', 'tests/tes/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'real-engines',
          include: engines,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...shared,
          name: 'real-limits',
          include: limits,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...real,
          name: 'hostile',
          include: hostile,
          fileParallelism: false,
          sequence: { groupOrder: 7 },
        },
      },
      {
        test: {
          ...real,
          name: 'ship',
          include: shipped,
          maxWorkers: 2,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          ...real,
          name: 'tes',
          include: ['tests/gateways/tes.test.ts', 'tests/tes/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          ...real,
          name: 'kubernetes',
          include: ['tests/kubernetes/**/*.test.ts'],
          globalSetup: ['tests/kubernetes/global-setup.ts'],
          // Cases that run together make dozens of pods on one node.
          testTimeout: 300_000,
          // The first run on a host builds Kubernetes.
          hookTimeout: 3_600_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
