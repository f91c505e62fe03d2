import { Readable } from 'node:stream';
import type { LocalAgent } from '../../agent/agent-types.ts';
import type { Config } from '../../agent/config/config-schema.ts';
import { openLocalAgent } from '../../agent/open-local-agent.ts';
import { createDrivers, type DataParts } from '../../agent/runtime/create-drivers.ts';
import { stagingLimitsOf } from '../../agent/runtime/staging-parts.ts';
import type { Health } from '../../runtimes/runtime.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Check } from './check.ts';

export interface RuntimeContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

export interface RuntimeFindings {
  readonly checks: readonly Check[];
  /** Absent: no runtime works here. The caller closes it. */
  readonly agent: LocalAgent | undefined;
}

const section = 'Runtimes';

/** Opens an agent as `run` would, and asks the runtimes it did not choose how they are. */
export async function checkRuntimes(context: RuntimeContext): Promise<RuntimeFindings> {
  const agent = await openOrNothing(context);
  const chosen = agent?.choice.runtime.name;
  const checks: Check[] = [];
  for (const driver of createDrivers(context.config, noDataOf(context.config), context)) {
    const wanted = context.config.runtime === 'auto' || context.config.runtime === driver.name;
    const health = await probe(driver, context.signal);
    checks.push(
      runtimeCheck(driver.name, health, { needed: wanted && chosen === undefined, chosen: driver.name === chosen }),
    );
  }
  return { agent, checks: [...checks, choiceCheck(agent, context.config.runtime)] };
}

async function openOrNothing({ config, logger, searchPath }: RuntimeContext): Promise<LocalAgent | undefined> {
  try {
    return await openLocalAgent(config, { logger, searchPath });
  } catch (error) {
    // What is wrong with each runtime is in the checks.
    if (error instanceof ExecError && (error.code === 'RUNTIME_UNAVAILABLE' || config.runtime === 'kubernetes'))
      return undefined;
    throw error;
  }
}

/** For drivers that are only probed. */
function noDataOf(config: Config): DataParts {
  const nothing = () => Promise.reject(new ExecError('INTERNAL', 'doctor runs nothing'));
  const none = { open: nothing, put: nothing, list: () => Readable.from([]) };
  return {
    staging: { stage: nothing, collect: nothing },
    sources: { ...none, defaultBucket: config.bucket, limits: stagingLimitsOf(config) },
  };
}

type Driver = ReturnType<typeof createDrivers>[number];

async function probe(driver: Driver, signal: AbortSignal): Promise<Health> {
  try {
    const runtime = await driver.open();
    return await runtime.probe(signal).finally(() => runtime.close());
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, reason: messageOf(error) };
  }
}

function runtimeCheck(
  name: string,
  { ok, version, reason }: Health,
  { needed, chosen }: { readonly needed: boolean; readonly chosen: boolean },
): Check {
  if (ok) {
    const standing = chosen ? 'chosen' : 'could be used';
    return { section, name, state: 'ok', detail: `${version ?? reason} (${standing})` };
  }
  return { section, name, state: needed ? 'warn' : 'off', detail: `cannot be used: ${reason}` };
}

function choiceCheck(agent: LocalAgent | undefined, wanted: Config['runtime']): Check {
  if (agent !== undefined) {
    const { runtime, reason } = agent.choice;
    return { section, name: 'choice', state: 'ok', detail: `${runtime.name}: ${reason}` };
  }
  return {
    section,
    name: 'choice',
    state: 'bad',
    detail: 'no runtime can be used',
    cure:
      wanted === 'kubernetes'
        ? 'Fix what the section Cluster reports.'
        : 'Fix one of the runtimes above, or run "exec-agent doctor --install" (Debian, Ubuntu).',
  };
}
