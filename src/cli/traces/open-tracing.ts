import type { Config } from '../../agent/config/config-schema.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExportedTracing } from './export-spans.ts';

/** Undefined where no variable asks for traces; what exports them is loaded only where one does. */
export async function openTracing(config: Config, logger: Logger): Promise<ExportedTracing | undefined> {
  const { otlpEndpoint, otlpTracesEndpoint, tracesExporter, tracingOff } = config;
  const exporters = tracesExporter?.split(',').map((name) => name.trim());
  const isAsked = exporters?.includes('otlp') ?? (otlpEndpoint ?? otlpTracesEndpoint) !== undefined;
  if (!isAsked || tracingOff) return undefined;
  const { exportSpans } = await import('./export-spans.ts');
  return exportSpans(config, logger);
}
