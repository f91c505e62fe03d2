import type { Runtime } from '../../runtimes/runtime.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';

/**
 * Logs a warning at the start when services are configured but no container on this host can reach them. When none are
 * configured, a request that asks for one is refused with the reason instead.
 * @returns stops the check
 */
export function warnServicesUnavailable(
  { services, dataServiceUrl, aiServiceUrl, aiUrl }: Config,
  runtime: Runtime,
  { deployment, logger }: { readonly deployment: string; readonly logger: Logger },
): () => Promise<void> {
  const isSetUp = [services, dataServiceUrl, aiServiceUrl, aiUrl].some((setting) => setting !== undefined);
  if (!isSetUp) return async () => undefined;
  const ending = new AbortController();
  const checked = runtime.servesContainers(deployment, ending.signal).then(
    (ability) => {
      if (!ability.ok) logger.warn({ reason: ability.reason }, 'requests for services and ports are refused here');
    },
    (error: unknown) => {
      if (!ending.signal.aborted) logger.warn({ err: error }, 'failed to check whether containers can reach services');
    },
  );
  return () => {
    ending.abort();
    return checked;
  };
}
