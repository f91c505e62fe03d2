import { join } from 'node:path';
import { createInputStager } from '../../src/inputs/create-input-stager.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { createOutputCollector } from '../../src/outputs/create-output-collector.ts';
import type { OciOptions } from '../../src/runtimes/oci/oci-options.ts';
import type { Staging } from '../../src/runtimes/runtime.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { registryAccess } from '../parts/images/registry-access.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Options for a runtime whose every trace lies below a directory. */
export function optionsBelow(base: string): OciOptions {
  return {
    workDir: join(base, 'work'),
    imageDir: join(base, 'images'),
    stateDir: join(base, 'state'),
    imageStoreMaxBytes: 10 * GiB,
    allowHostImage: true,
    staging: createStaging(base),
    logger: createSilentLogger(),
    clock: systemClock,
    searchPath: process.env.PATH ?? '',
    registries: registryAccess(),
    secretsDir: '/dev/shm/exec-agent-tests',
  };
}

function createStaging(base: string): Staging {
  const store = createDirectoryStore({ root: join(base, 'objects'), defaultBucket: 'tests' });
  return {
    stage: createInputStager({ store, limits: { maxInputBytes: GiB, maxInputFiles: 1000, concurrency: 2 } }),
    collect: createOutputCollector({
      store,
      limits: {
        maxFileContentBytes: MiB,
        maxAnswerContentBytes: 8 * MiB,
        maxOutputBytes: GiB,
        maxOutputFiles: 1000,
        maxGraphBytes: MiB,
        uploadConcurrency: 2,
      },
    }),
  };
}
