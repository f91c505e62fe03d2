import { join, resolve } from 'node:path';
import { createInputStager } from '../inputs/create-input-stager.ts';
import { createDirectoryStore } from '../objects/directory/create-directory-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { createOutputCollector } from '../outputs/create-output-collector.ts';
import type { Staging } from '../runtimes/runtime.ts';
import type { AgentContext, RuntimeChoice } from './agent-types.ts';
import { chooseRuntime } from './choose-runtime.ts';
import type { Config } from './config-schema.ts';
import { createDrivers } from './create-drivers.ts';

// Objects that one execution moves at the same time.
const transfersAtOnce = 4;
const probeMs = 30_000;

export interface Parts {
  readonly choice: RuntimeChoice;
  readonly store: ObjectStore;
}

/**
 * What every kind of agent needs to run something.
 * @throws ExecError RUNTIME_UNAVAILABLE
 */
export async function openParts(config: Config, context: AgentContext): Promise<Parts> {
  const store = createDirectoryStore({
    root: join(resolve(config.dataDir), 'objects'),
    defaultBucket: config.bucket,
  });
  const drivers = createDrivers(config, createStaging(config, store), context);
  const choice = await chooseRuntime(config.runtime, drivers, AbortSignal.timeout(probeMs));
  return { choice, store };
}

function createStaging(config: Config, store: ObjectStore): Staging {
  const stage = createInputStager({
    store,
    limits: { maxInputBytes: config.inputBytes, maxInputFiles: config.inputFiles, concurrency: transfersAtOnce },
  });
  const collect = createOutputCollector({
    store,
    limits: {
      maxFileContentBytes: config.fileContentBytes,
      maxAnswerContentBytes: config.messageBytes,
      maxOutputBytes: config.outputBytes,
      maxOutputFiles: config.outputFiles,
      maxGraphBytes: config.messageBytes,
      uploadConcurrency: transfersAtOnce,
    },
  });
  return { stage, collect };
}
