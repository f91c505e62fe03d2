import { randomUUID } from 'node:crypto';
import { type AgentRegistry, createAgentRegistry } from '../../queue/agent-registry.ts';
import { createEventHistory, type EventHistory } from '../../queue/event-history.ts';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import { queueKeys } from '../../queue/keys.ts';
import { createLiveLog, type LiveLog } from '../../queue/live-log.ts';
import { openQueue } from '../../queue/open-queue.ts';
import { createEventHub, type EventHub } from '../../queue/watch-events.ts';
import type { AnyRedis } from '../../support/any-redis.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';
import { queueLimits } from '../config/derive-limits.ts';
import { reportSetAside } from '../reconcile/report-set-aside.ts';
import type { Responses } from '../work/create-responses.ts';
import type { Connections } from './open-connections.ts';

const liveLogPieces = 10_000;

/** What an agent keeps in Redis. */
export interface Records {
  /** Names all agents that share these records; the label of their sandboxes. */
  readonly deployment: string;
  readonly queue: ExecutionQueue;
  readonly liveLog: LiveLog;
  readonly registry: AgentRegistry;
  readonly events: EventHub;
  readonly eventHistory: EventHistory;
}

interface RecordParts {
  readonly agent: string;
  readonly home: string;
  readonly leaseMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly responses: Responses;
  readonly metrics: Pick<AgentMetrics, 'setAside'>;
  readonly logger: Logger;
}

export async function openRecords(
  config: Config,
  { redis, subscriber }: Connections,
  { agent, home, leaseMs, labels, responses, metrics, logger }: RecordParts,
): Promise<Records> {
  const { keyPrefix: prefix, eventsChannel } = config;
  const deployment = await readDeployment(redis, prefix);
  const limits = queueLimits(config);
  const queue: ExecutionQueue = await openQueue({
    redis,
    subscriber,
    prefix,
    agent,
    home,
    events: eventsChannel,
    leaseMs,
    labels,
    ...(config.tenantWeights === undefined ? {} : { weights: config.tenantWeights }),
    limits,
    onSetAside: (record) =>
      reportSetAside(record, {
        publish: (answer) => queue.announce(answer),
        responses,
        metrics,
        clock: systemClock,
        logger,
      }),
  });
  const log = { channel: config.logsChannel, kept: liveLogPieces, keepMs: limits.retentionMs };
  return {
    deployment,
    queue,
    liveLog: createLiveLog({ redis, prefix, ...log }),
    registry: createAgentRegistry(redis, prefix, leaseMs),
    events: createEventHub(subscriber, eventsChannel),
    eventHistory: createEventHistory(redis, prefix),
  };
}

/** The first agent names the deployment. */
async function readDeployment(redis: AnyRedis, prefix: string): Promise<string> {
  const { deployment } = queueKeys(prefix);
  await redis.set(deployment, randomUUID(), 'NX');
  return (await redis.get(deployment)) ?? '';
}
