import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import type { Agent, AgentContext } from '../../src/agent/agent-types.ts';
import { type Config, configSchema } from '../../src/agent/config/config-schema.ts';
import type { GatewayParts } from '../../src/agent/open/open-gateways.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import type { openParts } from '../../src/agent/runtime/open-parts.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../src/wire/response/response.ts';
import { becomesTrue } from '../parts/poll.ts';
import { channelsOf } from './channels-of.ts';

const usualPatienceMs = 60_000;

/** One deployment of its own on the shared Redis, with as many agents as a test wants. */
export interface TestDeployment {
  readonly redis: Redis;
  readonly config: Config;
  /** Starts one more agent; all are stopped by `close`. */
  open(overrides?: Partial<Config>): Promise<Agent>;
  publish(request: object | string): Promise<void>;
  /** Every answer on the common channel, oldest first. */
  readonly answers: readonly ExecutionResponse[];
  /** The first answer with that correlation id. */
  answerTo(correlationId: string): Promise<ExecutionResponse>;
  /** Publishes and waits for the answer; the correlation id is made up where there is none. */
  run(request: object): Promise<ExecutionResponse>;
  close(): Promise<void>;
}

export interface DeploymentOptions {
  /** Where its agents get runtime and store from. */
  readonly partsOf?: typeof openParts;
  /** Beside those that are built in. */
  readonly gateways?: readonly Gateway<GatewayParts>[];
  /** To the Redis of its settings, where that is not the shared one. */
  readonly connect?: () => Redis;
  /** How long an answer may take. */
  readonly patienceMs?: number;
}

/** @param context what its agents get besides a log that says nothing */
export async function openDeployment(
  settings: Partial<Config>,
  context: Partial<AgentContext> = {},
  {
    partsOf,
    gateways,
    connect = () => new Redis(settings.redisUrl ?? inject('redisUrl')),
    patienceMs = usualPatienceMs,
  }: DeploymentOptions = {},
): Promise<TestDeployment> {
  const name = randomUUID();
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-'));
  const channels = channelsOf(name);
  const config = configSchema.parse({
    ...channels,
    redisUrl: settings.redisUrl ?? inject('redisUrl'),
    // A cluster is beside no engine.
    ...(settings.runtime === 'kubernetes' ? {} : { dockerHost: inject('docker').host }),
    dataDir,
    logLevel: 'silent',
    port: 'off',
    minFreeDisk: '1m',
    minFreeMemory: '1m',
    ...settings,
  });
  const redis = connect();
  const subscriber = redis.duplicate();
  // It comes back by itself; what was missed meanwhile is missed by the test as well.
  subscriber.on('error', () => undefined);
  const answers: ExecutionResponse[] = [];
  subscriber.on('message', (_channel, text) => answers.push(executionResponseSchema.parse(JSON.parse(text))));
  await subscriber.subscribe(config.responseChannel);
  const agents: Agent[] = [];

  const publish = async (request: object | string) => {
    const text = typeof request === 'string' ? request : JSON.stringify(request);
    await redis.publish(config.requestChannel, text);
  };
  const answerTo = async (correlationId: string) => {
    const find = () => answers.find(({ correlation_id: id }) => id === correlationId);
    await becomesTrue(() => find() !== undefined, patienceMs);
    const answer = find();
    if (answer === undefined) throw new Error(`no answer to ${correlationId}`);
    return answer;
  };
  return {
    redis,
    config,
    answers,
    publish,
    answerTo,
    async open(overrides = {}) {
      const agent = await openAgent(
        { ...config, ...overrides },
        { logger: createSilentLogger(), ...context },
        partsOf,
        gateways,
      );
      agents.push(agent);
      return agent;
    },
    async run(request) {
      const message = 'correlation_id' in request ? request : { ...request, correlation_id: randomUUID() };
      await publish(message);
      return answerTo(String(message.correlation_id));
    },
    async close() {
      for (const agent of agents) await agent.stop();
      subscriber.disconnect();
      redis.disconnect();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function shell(script: string, more: object = {}, stdin?: string): object {
  return { container: { image: 'alpine:latest', command: ['sh', '-c', script], stdin }, ...more };
}
