import type { AuditLog } from '../../access/audit-log.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import type { HttpModule } from '../../http/http-room.ts';
import { createAuditModule } from '../../http/modules/audit.ts';
import { createDashboardModule, type DashboardOptions } from '../../http/modules/dashboard/create-dashboard-module.ts';
import { createDocsModule } from '../../http/modules/docs.ts';
import { createHealthModule, type HealthOptions } from '../../http/modules/health.ts';
import { createMetricsModule } from '../../http/modules/metrics.ts';
import { createOperationModule, type OperationOptions } from '../../http/modules/operation.ts';
import { createSessionModule, type SessionOptions } from '../../http/modules/sessions.ts';
import { createTokenModule, type TokenOptions } from '../../http/modules/tokens.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { GatewayParts } from './open-gateways.ts';

export interface ModuleParts extends HealthOptions {
  readonly gateways: readonly Gateway<GatewayParts>[];
  readonly gatewayParts: GatewayParts;
  /** Absent: no dashboard. */
  readonly dashboard?: DashboardOptions | undefined;
  readonly metrics: Pick<AgentMetrics, 'text'>;
  readonly audit: Pick<AuditLog, 'list'>;
  readonly access: TokenOptions & SessionOptions;
  readonly operation: OperationOptions;
  /** As the server has it. */
  readonly base: string;
}

/** Everything that is plugged into the HTTP server. */
export async function httpModules(parts: ModuleParts): Promise<readonly HttpModule[]> {
  const opened = await Promise.all(parts.gateways.map(({ openHttpModule }) => openHttpModule?.(parts.gatewayParts)));
  return [
    ...opened.filter((module) => module !== undefined),
    ...(parts.dashboard === undefined ? [] : [createDashboardModule(parts.dashboard)]),
    createAuditModule(parts.audit),
    createTokenModule(parts.access),
    createSessionModule(parts.access),
    createOperationModule(parts.operation),
    createMetricsModule(parts.metrics),
    createHealthModule(parts),
    createDocsModule(parts.base),
  ];
}
