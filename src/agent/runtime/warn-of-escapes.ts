import { describeEscapes, findKnownEscapes } from '../../runtimes/known-escapes.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import type { Logger } from '../../telemetry/log.ts';

/** Warns the operator when a program on the host has a known container escape. */
export async function warnOfEscapes(runtime: Runtime, logger: Logger): Promise<void> {
  const escapes = findKnownEscapes(await runtime.programs({}));
  if (escapes.length === 0) return;
  const advice = 'these versions have known container escapes, unless the distribution has fixed them';
  logger.warn({ runtime: runtime.name, escapes: describeEscapes(escapes) }, advice);
}
