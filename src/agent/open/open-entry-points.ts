import type { WorkPool } from '../../execution/work-pool.ts';
import type { Gateway } from '../../gateways/gateway.ts';
import { createDrafter } from '../../gateways/message/draft/create-drafter.ts';
import type { MessageResponder } from '../../gateways/message/response/create-message-responder.ts';
import { openRedisGateway } from '../../gateways/redis/open-redis-gateway.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Closer } from '../../support/time/closing.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { Config } from '../config/config-schema.ts';
import { queueLimits, streamLimits } from '../config/derive-limits.ts';
import type { TroubleWatch } from '../watch/watch-trouble.ts';
import type { Responses } from '../work/create-responses.ts';
import type { Connections } from './open-connections.ts';
import { type Gate, openScans } from './open-gate.ts';
import type { GatewayParts } from './open-gateways.ts';
import { openHttp } from './open-http.ts';
import type { Records } from './open-records.ts';
import { openWebhook } from './open-webhook.ts';

export interface EntryPointParts {
  readonly agent: string;
  readonly gate: Gate;
  readonly records: Records;
  readonly pool: WorkPool;
  readonly messages: MessageResponder;
  readonly gateways: readonly Gateway<GatewayParts>[];
  readonly responses: Responses;
  readonly runtime: Runtime;
  readonly store: ObjectStore;
  readonly watch: TroubleWatch;
  readonly metrics: AgentMetrics;
  readonly tracing: Tracing | undefined;
  readonly logger: Logger;
  readonly closer: Closer;
}

/**
 * Opens every way in and out: Redis, the webhook and HTTP.
 * @returns the address of the HTTP server; undefined: HTTP is off
 */
export async function openEntryPoints(
  config: Config,
  connections: Connections,
  parts: EntryPointParts,
): Promise<string | undefined> {
  const { agent, gate, records, pool, messages, gateways, responses, runtime, store, watch, metrics, logger, closer } =
    parts;
  const { redis, subscriber, streamReader } = connections;
  const { queue, liveLog, registry, events, eventHistory } = records;
  const drafter = createDrafter();
  closer.add(() => drafter.close());
  const { draft } = drafter;
  const gateway = await openRedisGateway({
    redis,
    subscriber,
    streamReader,
    agent,
    streamLimits: streamLimits(config),
    channels: { requests: config.requestChannel, responses: config.responseChannel, control: config.controlChannel },
    queue,
    draft,
    admit: gate.admit,
    publish: (answer) => queue.announce(answer),
    answerTo: messages.textOf,
    announce: responses.announce,
    cancelRunning: (executionId) => pool.cancel(executionId),
    responseChannel: config.responseChannel,
    servicePort: config.servicePort,
    maxMessageBytes: config.messageBytes,
    dedupeMs: config.dedupeSeconds * 1000,
    anonymousDedupeMs: queueLimits(config).echoMs,
    clock: systemClock,
    logger,
  });
  closer.add(() => gateway.close());
  const webhook = await openWebhook(config, { redis, events, logger });
  closer.add(() => webhook?.close());
  const http = await openHttp(
    config,
    {
      queue,
      liveLog,
      registry,
      images: runtime.images,
      scans: openScans(config),
      store,
      draft,
      admit: gate.admit,
      policy: gate.policy,
      answerTo: (record) => messages.textOf(record, []),
      gateways,
      trouble: watch.trouble,
      metrics,
      tracing: parts.tracing,
      events,
      eventHistory,
    },
    redis,
    logger,
  );
  closer.add(() => http?.close());
  return http?.url;
}
