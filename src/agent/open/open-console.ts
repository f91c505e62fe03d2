import { readFile } from 'node:fs/promises';
import { type AuditLog, createAuditLog } from '../../access/audit-log.ts';
import { createTokenStore, type TokenStore } from '../../access/token-store.ts';
import { createMessageResponder } from '../../gateways/message/response/create-message-responder.ts';
import { redisTenant } from '../../gateways/redis/handle-request.ts';
import { type AgentEntry, createAgentRegistry } from '../../queue/agent-registry.ts';
import type { Listed, ListFilter, ListPage } from '../../queue/execution-queue.ts';
import { createLiveLog, type PositionedLine } from '../../queue/live-log.ts';
import { openRecords } from '../../queue/open-records.ts';
import { ExecError } from '../../support/exec-error.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionRecord } from '../../wire/record.ts';
import type { Config } from '../config/config-schema.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { findRedisUrl } from '../redis/find-redis-url.ts';

/** The view of an operator on what agents do, over the Redis that they serve. */
export interface Console {
  list(filter: ListFilter, page: ListPage): Promise<Listed>;
  /** @throws ExecError INPUT_NOT_FOUND when nothing is on record under that id */
  find(idOrCorrelationId: string): Promise<ExecutionRecord>;
  /** The response of a finished execution, as it was published. */
  renderResponse(record: Extract<ExecutionRecord, { state: 'finished' }>): string;
  /** What is kept of the output, then more as it comes, until the execution has finished. */
  followLog(executionId: string, signal: AbortSignal): AsyncIterable<PositionedLine>;
  /** What is kept of it now. */
  readLog(executionId: string): AsyncIterable<PositionedLine>;
  agents(): Promise<readonly AgentEntry[]>;
  /** Sends the cancel; returns the number of agents that received it. */
  cancel(idOrCorrelationId: string): Promise<number>;
  /** Who may use HTTP. */
  readonly tokens: TokenStore;
  /** Who did what. */
  readonly audit: AuditLog;
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): void;
}

const connectMs = 5000;

/** @throws ExecError RUNTIME_UNAVAILABLE when no Redis is reachable */
export async function openConsole(config: Config, logger: Logger): Promise<Console> {
  const url = await findRedisUrl(config);
  if (url === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `There is no Redis to look into: REDIS_URL is not set, and no private one runs for the data directory ${config.dataDir}. ` +
        'Start an agent with "exec-agent serve", or set REDIS_URL.',
    );
  const ca = config.redisCaFile === undefined ? undefined : await readFile(config.redisCaFile, 'utf8');
  const redis = await connectRedis({ url, ca, name: 'exec-agent-console', connectMs, logger });
  const records = openRecords(redis, config.keyPrefix);
  const registry = createAgentRegistry(redis, config.keyPrefix, config.leaseSeconds * 1000);
  const keepMs = config.retentionSeconds * 1000;
  const liveLog = createLiveLog({ redis, prefix: config.keyPrefix, channel: config.logsChannel, kept: 0, keepMs });
  const responder = createMessageResponder({
    agent: '',
    channel: config.responseChannel,
    maxBytes: config.messageBytes,
  });

  const find = async (id: string) => {
    const record = (await records.find(redisTenant, id)) ?? (await records.findAnyones(id));
    if (record !== undefined) return record;
    throw new ExecError('INPUT_NOT_FOUND', `Nothing is on record as ${id}. "exec-agent ps --all" lists what is.`);
  };
  return {
    list: records.list,
    find,
    renderResponse: (record) => responder.textOf(record, []),
    followLog: (executionId, signal) =>
      liveLog.follow(executionId, { signal, isFinished: async () => (await find(executionId)).state === 'finished' }),
    readLog: (executionId) => liveLog.read(executionId),
    agents: () => registry.list(systemClock.now()),
    async cancel(id) {
      await records.askToCancel((await find(id)).plan.id);
      return redis.publish(config.controlChannel, JSON.stringify({ cancel: id }));
    },
    tokens: createTokenStore(redis, config.keyPrefix),
    audit: createAuditLog(redis, config.keyPrefix, { kept: config.auditKept, logger }),
    pause: records.pause,
    resume: records.resume,
    close: () => redis.disconnect(),
  };
}
