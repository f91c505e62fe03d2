import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // An engine with containers to stop takes its time.
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['tests/**/*.test.ts'],
          globalSetup: ['tests/parts/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Engines that are killed and limits that are reached are no neighbours for each other.
          fileParallelism: false,
        },
      },
    ],
  },
});
