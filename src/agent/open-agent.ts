import { resolve } from 'node:path';
import type { WorkPool } from '../execution/work-pool.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { createMessageResponder } from '../gateways/message/response/create-message-responder.ts';
import { createGraphSettler } from '../outputs/graph/create-graph-settler.ts';
import { packageVersion } from '../support/files/package-version.ts';
import { withoutPassword } from '../support/text/without-password.ts';
import { systemClock } from '../support/time/clock.ts';
import { type Closer, openTogether } from '../support/time/closing.ts';
import { settlesWithin } from '../support/time/deadline.ts';
import { createLazyMetrics } from '../telemetry/create-lazy-metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import { createAgentId, readHome } from './agent-identity.ts';
import type { Agent, AgentContext } from './agent-types.ts';
import { agentLabels } from './config/agent-labels.ts';
import type { Config } from './config/config-schema.ts';
import { executionLimits } from './config/derive-limits.ts';
import { type Connections, openConnections } from './open/open-connections.ts';
import { openEntryPoints } from './open/open-entry-points.ts';
import { openGate } from './open/open-gate.ts';
import { type GatewayParts, openGateways } from './open/open-gateways.ts';
import { openRecords, type Records } from './open/open-records.ts';
import { openServices } from './open/open-services.ts';
import { holdPredecessors } from './reconcile/hold-predecessors.ts';
import { createRedisChannels } from './redis/redis-channels.ts';
import { openParts } from './runtime/open-parts.ts';
import { openRuntime } from './runtime/open-runtime.ts';
import { warnServicesUnavailable } from './watch/warn-services-unavailable.ts';
import { watchTrouble } from './watch/watch-trouble.ts';
import { createResponses } from './work/create-responses.ts';
import { createKeepLog, removeOrphanedLogs } from './work/keep-logs.ts';
import { startWork } from './work/start-work.ts';

// How long a stopping agent waits while Redis is unavailable.
const redisPatienceMs = 5000;

/**
 * Opens an agent that receives requests from Redis, runs them and publishes the responses.
 * @param partsOf chooses the runtime and the store
 * @param moreGateways beside those that are built in
 * @throws ExecError RUNTIME_UNAVAILABLE when Redis or every runtime is out of reach
 */
export function openAgent(
  config: Config,
  context: AgentContext,
  partsOf = openParts,
  moreGateways: readonly Gateway<GatewayParts>[] = [],
): Promise<Agent> {
  return openTogether((closer) => open(config, context, { partsOf, moreGateways, closer }));
}

interface OpenOptions {
  readonly partsOf: typeof openParts;
  readonly moreGateways: readonly Gateway<GatewayParts>[];
  readonly closer: Closer;
}

async function open(
  config: Config,
  context: AgentContext,
  { partsOf, moreGateways, closer }: OpenOptions,
): Promise<Agent> {
  const { logger, tracing } = context;
  const leaseMs = config.leaseSeconds * 1000;
  const gate = await openGate(config, context);
  closer.add(gate.close);
  const { settle: settleGraph, close: closeGraphs } = createGraphSettler();
  closer.add(closeGraphs);
  const agent = await createAgentId();
  const connections = await openConnections(config, context, { agent, closer });
  const endHold = await holdPredecessors(config, { redis: connections.redis, leaseMs, logger });
  closer.add(endHold);
  const { choice, store, home } = await openRuntime(config, { ...context, settleGraph }, { partsOf, closer });
  const { runtime } = choice;
  const metrics = createLazyMetrics({
    version: packageVersion(),
    runtime: runtime.name,
    slots: config.concurrency,
    busy: () => pool.load(),
    queue: () => records.queue.depths(),
    networks: () => runtime.networkCounts?.(),
    warm: () => runtime.warmCounts?.(),
  });
  const channel = config.responseChannel;
  const messages = createMessageResponder({ agent, channel, maxBytes: config.messageBytes });
  const gateways = [...openGateways(messages, config), ...moreGateways];
  const responses = createResponses(new Map(gateways.map(({ name, responder }) => [name, responder])));
  const labels = agentLabels(config, runtime);
  const recordParts = { agent, home, leaseMs, labels, responses, metrics, logger };
  const records: Records = await openRecords(config, connections, recordParts);
  const watch = watchTrouble(config, runtime);
  const services = await openServices(config, createRedisChannels(connections.connect), logger);
  closer.add(() => services.close());
  const { deployment } = records;
  closer.add(warnServicesUnavailable(config, runtime, { deployment, logger }));
  const { judgeImage, readSecrets } = gate;
  const limits = executionLimits(config);
  const logPlaces = { queue: records.queue, store, place: await storePlaceOf(config) };
  const limitBytes = config.logArchiveBytes ?? config.logBytes;
  const spool = { directory: resolve(config.dataDir), limitBytes };
  const keepLog = limitBytes === 0 ? {} : { keepLog: createKeepLog(logPlaces, spool) };
  const { describe } = responses;
  const tools = {
    deployment,
    limits,
    runtime,
    services,
    judgeImage,
    readSecrets,
    settleGraph,
    describe,
    clock: systemClock,
    logger,
    ...keepLog,
  };
  const tidy = () => removeOrphanedLogs(logPlaces, logger);
  const common = { agent, records, responses, watch, metrics, closer };
  const pool: WorkPool = await startWork(config, { ...common, home, leaseMs, labels, tools, tracing, tidy });
  endHold();
  const httpUrl = await openEntryPoints(config, connections, {
    ...common,
    gate,
    messages,
    gateways,
    pool,
    runtime,
    store,
    tracing,
    logger,
  });
  const { url, embedded } = connections;
  logger.info(
    { agent, redis: withoutPassword(url), http: httpUrl, runtime: runtime.name, reason: choice.reason },
    'ready for requests',
  );
  const stop = () => stopAgent(config, { closer, connections, logger });
  return { id: agent, redisUrl: url, embeddedRedis: embedded, choice, store, httpUrl, stop };
}

/** Agents of one S3 store share what is in it; a directory belongs to the agents that use it. */
async function storePlaceOf({ minioEndpoint, dataDir }: Config): Promise<string> {
  return minioEndpoint === undefined ? readHome(dataDir, 'objects') : 's3';
}

/** Closes everything; a Redis that does not answer does not keep the agent. */
async function stopAgent(
  { drainSeconds }: Config,
  {
    closer,
    connections,
    logger,
  }: { readonly closer: Closer; readonly connections: Connections; readonly logger: Logger },
): Promise<void> {
  const closed = closer.close();
  const inTime = await settlesWithin(closed, drainSeconds * 1000 + redisPatienceMs);
  if (inTime) return closed;
  logger.warn('Redis does not answer: unsent updates are left to the next agent');
  connections.giveUp();
  await settlesWithin(closed, redisPatienceMs);
}
