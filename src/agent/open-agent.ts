import { randomUUID } from 'node:crypto';

import { setTimeout as pause } from 'node:timers/promises';
import { createWorkPool, type WorkPool } from '../execution/work-pool.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { createMessageResponder } from '../gateways/message/response/create-message-responder.ts';
import { openRedisGateway } from '../gateways/redis/open-redis-gateway.ts';
import { createAgentRegistry } from '../queue/agent-registry.ts';
import type { ExecutionQueue } from '../queue/execution-queue.ts';
import { queueKeys } from '../queue/keys.ts';
import { createLiveLog } from '../queue/live-log.ts';
import { openQueue } from '../queue/open-queue.ts';
import { createEventHub } from '../queue/watch-events.ts';
import { packageVersion } from '../support/files/package-version.ts';
import { systemClock } from '../support/time/clock.ts';
import { type Closer, openTogether } from '../support/time/closing.ts';
import { settlesWithin } from '../support/time/deadline.ts';
import { createLazyMetrics } from '../telemetry/create-lazy-metrics.ts';
import { createAgentId, readHome } from './agent-identity.ts';
import type { Agent, AgentContext } from './agent-types.ts';
import type { Config } from './config/config-schema.ts';
import { executionLimits, queueLimits, streamLimits } from './config/derive-limits.ts';
import { claimPlaces, workDirOf } from './open/claim-places.ts';
import { openConnections } from './open/open-connections.ts';
import { openGate } from './open/open-gate.ts';
import { type GatewayParts, openGateways } from './open/open-gateways.ts';
import { openHttp } from './open/open-http.ts';
import { openParts } from './open/open-parts.ts';
import { openServices } from './open/open-services.ts';
import { openWebhook } from './open/open-webhook.ts';
import { sweepLocalRuns } from './reconcile/local-runs.ts';
import { reportSetAside } from './reconcile/report-set-aside.ts';
import { type Reconciler, startReconciler } from './reconcile/start-reconciler.ts';
import { withoutPassword } from './redis/connect-redis.ts';
import { createRedisChannels } from './redis/redis-channels.ts';
import { surviveFaults } from './watch/survive-faults.ts';
import { warnOfEscapes } from './watch/warn-of-escapes.ts';
import { warnServicesUnavailable } from './watch/warn-services-unavailable.ts';
import { createRoomWatch } from './watch/watch-room.ts';
import { createRuntimeWatch } from './watch/watch-runtime.ts';
import { createShortageWatch } from './watch/watch-shortage.ts';
import { watchUpcoming } from './watch/watch-upcoming.ts';
import { createResponses } from './work/create-responses.ts';
import { observeWork } from './work/observe-work.ts';
import { runAssignment } from './work/run-assignment.ts';

const pollMs = 1000;
const shortageHoldMs = 1000;
// How long a stopping agent waits while Redis is unavailable.
const redisPatienceMs = 5000;
const probeMs = 10_000;
const liveLogPieces = 10_000;
// A busy agent waits this much before it takes more, in proportion to its load, so that a free one comes first.
const politenessMs = 5;

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
  const { logger } = context;
  const gate = await openGate(config, context);
  closer.add(gate.close);
  const id = await createAgentId();
  const { url, embedded, redis, subscriber, streamReader, connect, giveUp } = await openConnections(config, context, {
    agent: id,
    closer,
  });
  const { deployment: deploymentKey } = queueKeys(config.keyPrefix);
  await redis.set(deploymentKey, randomUUID(), 'NX');
  const deployment = (await redis.get(deploymentKey)) ?? '';

  const { choice, store } = await partsOf(config, context);
  const { runtime } = choice;
  closer.add(() => runtime.close());
  await warnOfEscapes(runtime, logger);
  const home = (await runtime.home?.()) ?? (await readHome(config.dataDir, runtime.name));
  await sweepLocalRuns(config.dataDir, runtime, logger);

  const leaseMs = config.leaseSeconds * 1000;
  const { keyPrefix: prefix, eventsChannel: events } = config;
  const limits = queueLimits(config);
  const messages = createMessageResponder({
    agent: id,
    channel: config.responseChannel,
    maxBytes: config.messageBytes,
  });
  const gateways = [...openGateways(messages), ...moreGateways];
  const responses = createResponses(new Map(gateways.map(({ name, responder }) => [name, responder])));
  const queue: ExecutionQueue = await openQueue({
    redis,
    subscriber,
    prefix,
    agent: id,
    home,
    events,
    leaseMs,
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
  const liveLog = createLiveLog({
    redis,
    prefix,
    channel: config.logsChannel,
    kept: liveLogPieces,
    keepMs: limits.retentionMs,
  });
  const registry = createAgentRegistry(redis, prefix, leaseMs);
  await claimPlaces(config);
  const { minFreeDisk, minFreeMemory } = config;
  const shortOf = createShortageWatch({
    workDir: workDirOf(config),
    minFreeDisk,
    minFreeMemory,
    holdMs: shortageHoldMs,
  });
  const runtimeWatch = createRuntimeWatch(runtime, { probeMs, holdMs: shortageHoldMs });
  const room = createRoomWatch({ runtime, shortage: shortOf, holdMs: shortageHoldMs });
  const shortage = async () => (await runtimeWatch.trouble()) ?? (await room());
  const { judgeImage, readSecrets } = gate;
  const services = await openServices(config, createRedisChannels(connect), logger);
  closer.add(() => services.close());
  closer.add(warnServicesUnavailable(config, runtime, { deployment, logger }));
  const common = { deployment, limits: executionLimits(config), clock: systemClock, logger };
  const tools = { ...common, runtime, services, judgeImage, readSecrets, describe: responses.describe };
  const house = {
    queue,
    runtime,
    deployment,
    home,
    responses,
    registry,
    shortage,
    logger,
    leaseMs,
    maxAttempts: limits.maxAttempts,
  };
  let alone = true;
  let keeper: Reconciler | undefined;

  const metrics = createLazyMetrics({
    version: packageVersion(),
    runtime: runtime.name,
    slots: config.concurrency,
    busy: () => pool.load(),
    queue: () => queue.depths(),
    networks: () => runtime.networkCounts?.(),
  });
  const faults = surviveFaults({
    logger,
    count: metrics.faulted,
    fail: (executionId, error) => pool.fail(executionId, error),
  });
  closer.add(faults.close);
  const pool: WorkPool = createWorkPool({
    queue,
    slots: config.concurrency,
    renewMs: leaseMs / 3,
    pollMs,
    run: (work) =>
      faults.run(work.assignment.plan.id, () =>
        runAssignment(work, {
          queue,
          responses,
          tools,
          onEnd: runtimeWatch.note,
          metrics,
          observerOf: (work) => observeWork(work, liveLog, logger),
          sweepBefore: async (executionId) => keeper?.sweep(executionId),
        }),
      ),
    mayTake: async (load) => {
      if (!alone && load > 0) await pause(load * politenessMs);
      return (await shortage()) === undefined;
    },
    logger,
  });
  closer.add(() => keeper?.stop());
  closer.add(() => pool.drain(config.drainSeconds * 1000));
  keeper = await startReconciler({
    ...house,
    pool,
    entry: { id, home, runtime: runtime.name, slots: config.concurrency },
    onAgents: (agents) => {
      alone = agents <= 1;
    },
  });
  pool.start();
  closer.add(
    watchUpcoming({
      queue,
      runtime,
      pool,
      deployment,
      slots: config.concurrency,
      count: config.warmContainers,
      everyMs: pollMs,
      logger,
    }),
  );

  const gateway = await openRedisGateway({
    redis,
    subscriber,
    streamReader,
    agent: id,
    streamLimits: streamLimits(config),
    channels: { requests: config.requestChannel, responses: config.responseChannel, control: config.controlChannel },
    queue,
    admit: gate.admit,
    publish: (answer) => queue.announce(answer),
    answerTo: messages.textOf,
    announce: responses.announce,
    cancelRunning: (executionId) => pool.cancel(executionId),
    responseChannel: config.responseChannel,
    servicePort: config.servicePort,
    maxMessageBytes: config.messageBytes,
    dedupeMs: config.dedupeSeconds * 1000,
    anonymousDedupeMs: limits.echoMs,
    clock: systemClock,
    logger,
  });
  closer.add(() => gateway.close());
  const hub = createEventHub(subscriber, config.eventsChannel);
  const webhook = await openWebhook(config, { redis, events: hub, logger });
  closer.add(() => webhook?.close());
  const http = await openHttp(
    config,
    {
      queue,
      liveLog,
      registry,
      images: runtime.images,
      store,
      admit: gate.admit,
      answerTo: (record) => messages.textOf(record, []),
      gateways,
      trouble: shortage,
      metrics,
      events: hub,
    },
    redis,
    logger,
  );
  closer.add(() => http?.close());
  logger.info(
    { agent: id, redis: withoutPassword(url), http: http?.url, runtime: runtime.name, reason: choice.reason },
    'ready for requests',
  );
  const stop = async () => {
    const closed = closer.close();
    const inTime = await settlesWithin(closed, config.drainSeconds * 1000 + redisPatienceMs);
    if (inTime) return closed;
    logger.warn('Redis does not answer: unsent updates are left to the next agent');
    giveUp();
    await settlesWithin(closed, redisPatienceMs);
  };
  return { id, redisUrl: url, embeddedRedis: embedded, choice, store, httpUrl: http?.url, stop };
}
