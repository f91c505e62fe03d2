import { createInputStager } from '../../inputs/create-input-stager.ts';
import { createUrlOpener } from '../../inputs/urls/open-url.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { createOutputCollector } from '../../outputs/create-output-collector.ts';
import { createUrlPut } from '../../outputs/upload/put-to-url.ts';
import type { Staging } from '../../runtimes/runtime.ts';
import type { AgentContext, RuntimeChoice } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import { outputDepth, uploadLimits, urlLimits } from '../config/derive-limits.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { createDrivers } from './create-drivers.ts';
import { lookupHost } from './lookup-host.ts';
import { openStore } from './open-store.ts';

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
  const store = openStore(config, context.logger);
  const drivers = createDrivers(config, createStaging(config, store), context);
  const choice = await chooseRuntime(config.runtime, drivers, AbortSignal.timeout(probeMs));
  return { choice, store };
}

/** How the drivers stage inputs and collect outputs. */
export function createStaging(config: Config, store: ObjectStore): Staging {
  const stage = createInputStager({
    store,
    openUrl: createUrlOpener({
      allowedHosts: config.inputHosts ?? [],
      allowedDirectories: config.inputDirectories ?? [],
      lookup: lookupHost,
      limits: urlLimits,
    }),
    limits: { maxInputBytes: config.inputBytes, maxInputFiles: config.inputFiles, concurrency: transfersAtOnce },
  });
  const collect = createOutputCollector({
    store,
    putToUrl: createUrlPut({ allowedHosts: config.uploadHosts ?? [], lookup: lookupHost, ...uploadLimits }),
    limits: {
      maxFileContentBytes: config.fileContentBytes,
      maxAnswerContentBytes: config.messageBytes,
      maxOutputBytes: config.outputBytes,
      maxOutputFiles: config.outputFiles,
      maxOutputDepth: outputDepth,
      maxGraphBytes: config.messageBytes,
      uploadConcurrency: transfersAtOnce,
      presignSeconds: config.presignSeconds,
    },
  });
  return { stage, collect };
}
