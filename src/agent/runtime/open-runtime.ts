import { describeEscapes, findKnownEscapes } from '../../runtimes/known-escapes.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import type { Closer } from '../../support/time/closing.ts';
import type { Logger } from '../../telemetry/log.ts';
import { readHome } from '../agent-identity.ts';
import type { PartsContext } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import { sweepLocalRuns } from '../reconcile/local-runs.ts';
import { claimPlaces } from './claim-places.ts';
import type { openParts, Parts } from './open-parts.ts';

export interface OpenedRuntime extends Parts {
  /** Names the place where this agent keeps its sandboxes. */
  readonly home: string;
}

/**
 * Chooses the runtime and the store, and prepares their directories.
 * @throws ExecError RUNTIME_UNAVAILABLE when every runtime is out of reach
 */
export async function openRuntime(
  config: Config,
  context: PartsContext,
  { partsOf, closer }: { readonly partsOf: typeof openParts; readonly closer: Closer },
): Promise<OpenedRuntime> {
  const { choice, store } = await partsOf(config, context);
  const { runtime } = choice;
  closer.add(() => runtime.close());
  await warnOfEscapes(runtime, context.logger);
  const home = (await runtime.home?.()) ?? (await readHome(config.dataDir, runtime.name));
  await sweepLocalRuns(config.dataDir, runtime, context.logger);
  await claimPlaces(config);
  return { choice, store, home };
}

/** Warns the operator when a program on the host has a known container escape. */
async function warnOfEscapes(runtime: Runtime, logger: Logger): Promise<void> {
  const escapes = findKnownEscapes(await runtime.programs({}));
  if (escapes.length === 0) return;
  const advice = 'these versions have known container escapes, unless the distribution has fixed them';
  logger.warn({ runtime: runtime.name, escapes: describeEscapes(escapes) }, advice);
}
