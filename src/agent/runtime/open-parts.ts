import { join } from 'node:path';
import { createInputCache, type InputCache } from '../../inputs/cache/input-cache.ts';
import { createSources } from '../../keeper/create-sources.ts';
import { createStaging, type StagingParts } from '../../keeper/create-staging.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { createUrlPut } from '../../outputs/upload/put-to-url.ts';
import type { Staging } from '../../runtimes/runtime.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { PartsContext, RuntimeChoice } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import { uploadLimits } from '../config/derive-limits.ts';
import { openStore } from '../open/open-store.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { workDirOf } from './claim-places.ts';
import { createDrivers, type DataParts } from './create-drivers.ts';
import { stagingLimitsOf, urlOpenerOf, urlSenderOf } from './staging-parts.ts';

const probeMs = 30_000;

export interface Parts {
  readonly choice: RuntimeChoice;
  readonly store: ObjectStore;
}

/**
 * What every kind of agent needs to run something.
 * @throws ExecError RUNTIME_UNAVAILABLE
 */
export async function openParts(config: Config, context: PartsContext): Promise<Parts> {
  const store = openStore(config, context.logger);
  const drivers = createDrivers(config, createDataParts(config, store, context), context);
  const choice = await chooseRuntime(config.runtime, drivers, AbortSignal.timeout(probeMs));
  return { choice, store };
}

/** How the drivers stage inputs and collect outputs: in directories of this host, or beside the data. */
function createDataParts(config: Config, store: ObjectStore, { settleGraph, logger }: PartsContext): DataParts {
  const sources = { store, openUrl: urlOpenerOf(config), sendToUrl: urlSenderOf(config) };
  return {
    staging: createHostStaging(config, store, { settleGraph, cache: inputCacheOf(config, logger) }),
    sources: createSources({ ...sources, limits: stagingLimitsOf(config) }),
  };
}

/** How drivers with directories on this host stage inputs and collect outputs. */
export function createHostStaging(
  config: Config,
  store: ObjectStore,
  more: Pick<StagingParts, 'settleGraph' | 'cache'> = {},
): Staging {
  return createStaging({
    store,
    openUrl: urlOpenerOf(config),
    putToUrl: createUrlPut({ send: urlSenderOf(config), ...uploadLimits }),
    limits: stagingLimitsOf(config),
    ...more,
  });
}

function inputCacheOf(config: Config, logger: Logger): InputCache | undefined {
  const { inputCacheBytes: maxBytes } = config;
  if (maxBytes === 0) return undefined;
  return createInputCache({ directory: join(workDirOf(config), 'inputs'), maxBytes, logger });
}
