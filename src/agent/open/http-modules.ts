import { createHttpModule } from '../../gateways/http/create-http-module.ts';
import type { HttpOptions } from '../../gateways/http/http-options.ts';
import type { HttpModule } from '../../http/http-room.ts';
import { createDocsModule } from '../../http/modules/docs.ts';
import { createHealthModule, type HealthOptions } from '../../http/modules/health.ts';
import { createMetricsModule } from '../../http/modules/metrics.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';

export interface ModuleParts extends HealthOptions {
  readonly gateway: HttpOptions;
  readonly metrics: Pick<AgentMetrics, 'text'>;
}

/** Everything that is plugged into the HTTP server. */
export function httpModules(parts: ModuleParts): readonly HttpModule[] {
  return [
    createHttpModule(parts.gateway),
    createMetricsModule(parts.metrics),
    createHealthModule(parts),
    createDocsModule(),
  ];
}
