import type { Runtime } from '../runtimes/runtime.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Config } from './config-schema.ts';

/**
 * Says at the start that services, which the operator has set up, can be given to no container here. Without such a
 * setting it is said to whoever asks for one.
 * @returns what ends it
 */
export function tellInability(
  { services, dataServiceUrl, aiServiceUrl, aiUrl }: Config,
  runtime: Runtime,
  { deployment, logger }: { readonly deployment: string; readonly logger: Logger },
): () => Promise<void> {
  const isSetUp = [services, dataServiceUrl, aiServiceUrl, aiUrl].some((setting) => setting !== undefined);
  if (!isSetUp) return async () => undefined;
  const ending = new AbortController();
  const told = runtime.servesContainers(deployment, ending.signal).then(
    (ability) => {
      if (!ability.ok) logger.warn({ reason: ability.reason }, 'requests for services and ports are refused here');
    },
    (error: unknown) => {
      if (!ending.signal.aborted) logger.warn({ err: error }, 'it is not known whether services can be given here');
    },
  );
  return () => {
    ending.abort();
    return told;
  };
}
