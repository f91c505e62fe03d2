import { randomUUID } from 'node:crypto';
import type { Config } from '../../agent/config/config-schema.ts';
import { describeServices } from '../../agent/config/describe-services.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import type { Check } from './check.ts';

const section = 'Services';

/** Which services containers can be granted, and whether the chosen runtime can bring them there. */
export async function checkServices(
  config: Config,
  runtime: Runtime | undefined,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const services = describeServices(config).map(({ name, detail }): Check => ({ section, name, state: 'ok', detail }));
  return runtime === undefined ? services : [await checkWay(runtime, config, signal), ...services];
}

async function checkWay(runtime: Runtime, { hostPorts }: Config, signal: AbortSignal): Promise<Check> {
  const name = 'way';
  const ability = await runtime.servesContainers(`doctor-${randomUUID()}`, signal);
  if (ability.ok)
    return {
      section,
      name,
      state: 'ok',
      detail: `${runtime.name} containers can call services and publish host ports ${hostPorts.join(', ') || '(none)'} (EXEC_PORTS)`,
    };
  return {
    section,
    name,
    state: 'warn',
    detail: `requests for services and ports are refused: ${ability.reason}`,
  };
}
