import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, inject } from 'vitest';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { labels } from '../../src/runtimes/docker/labels.ts';
import { executionPlanSchema } from '../../src/wire/plan/plan.ts';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { type AgentProcess, startAgentProcess } from '../agent/agent-process.ts';
import { bundleProgram } from '../agent/bundle-program.ts';
import { environmentOf } from '../agent/environment-of.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { type DockerEngine, startDockerEngine } from '../parts/docker/docker-engine.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { makeRunMarks, type RunMarks } from '../parts/run/mark-runs.ts';
import { removeCgroups } from '../parts/run/remove-run.ts';
import { usageCgroups } from '../parts/run/run-traces.ts';
import { type CrashPoint, crashVariable } from './crash-points.ts';

const programFile = new URL('serve-until-crash.ts', import.meta.url).pathname;
const patienceMs = 30_000;

/** An engine and OCI runtimes in which containers leave marks. */
export interface RecoveryBench {
  readonly marks: RunMarks;
  readonly engine: DockerEngine;
  open(settings: Partial<Config>): Promise<RecoveryDeployment>;
  close(): Promise<void>;
}

/** A deployment with agents that can be killed. */
export interface RecoveryDeployment extends TestDeployment {
  /** Its containers in the engine. */
  containers(): ReturnType<DockerEngine['api']['containers']>;
  /** An agent in a process of its own, ready for requests. */
  start(overrides?: Partial<Config>, crashAt?: CrashPoint): Promise<AgentProcess>;
  /** Puts a request into the stream; returns its correlation id. */
  send(request: object): Promise<string>;
  /**
   * Sends a request whose execution runs one step per script; the errors of all but the last are ignored. A message has one
   * step, so the others are added to its record while the queue is paused. An agent has to be there.
   */
  sendSteps(scripts: readonly string[], request?: object): Promise<string>;
  /** The id of the execution as soon as there is one, from the events. */
  executionOf(correlationId: string): Promise<string>;
  /** Resolves once the execution's container has left so many marks. */
  untilMarked(executionId: string, marks: number): Promise<void>;
  /** Every answer to it in the answer stream. */
  keptAnswers(correlationId: string): Promise<readonly ExecutionResponse[]>;
  /** Its containers and workspaces that are still there after a while; those of others are seen when the bench closes. */
  leftovers(): Promise<readonly string[]>;
}

export async function openRecoveryBench(): Promise<RecoveryBench> {
  const directory = await mkdtemp(join(tmpdir(), 'recovery-'));
  const cgroup = `/${basename(directory)}`;
  const marks = await makeRunMarks(join(directory, 'runs'));
  const engine = await startDockerEngine({
    directory: join(directory, 'docker'),
    cacheDirectory: join(directory, 'data'),
    cgroupParent: cgroup,
    settings: { ...marks.engineSettings, 'live-restore': true },
  });
  await engine.api.load(inject('archives').alpine);
  const program = await bundleProgram(programFile, join(directory, 'program'));
  return {
    marks,
    engine,
    open: (settings) => openRecoveryDeployment({ marks, engine, program }, settings),
    async close() {
      try {
        // Also what carries no deployment's name.
        const left = async () => [...(await engine.api.containers()), ...usageCgroups({ cgroup })];
        await becomesTrue(async () => (await left()).length === 0, patienceMs);
        expect(await left()).toEqual([]);
      } finally {
        await engine.stop();
        removeCgroups(cgroup);
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

interface Opened extends Pick<RecoveryBench, 'marks' | 'engine'> {
  readonly program: string;
}

async function openRecoveryDeployment(
  { marks, engine, program }: Opened,
  settings: Partial<Config>,
): Promise<RecoveryDeployment> {
  const context = { searchPath: `${marks.searchPath}:${process.env.PATH}` };
  const deployment = await openDeployment({ dockerHost: engine.host, leaseSeconds: 1, ...settings }, context);
  const { redis, config } = deployment;
  const events = redis.duplicate();
  const executions = new Map<string, string>();
  events.on('message', (_channel, text) => {
    const { correlation_id: correlationId, execution_id: id } = JSON.parse(text);
    executions.set(correlationId, id);
  });
  await events.subscribe(config.eventsChannel);
  const agents: AgentProcess[] = [];

  const containers = async () => {
    const name = await redis.get(queueKeys(config.keyPrefix).deployment);
    return (await engine.api.containers()).filter(({ Labels }) => Labels[labels.deployment] === name);
  };
  const findLeftovers = async () => [
    ...(await containers()).map(({ Names }) => `container ${Names[0]}`),
    ...(await workspacesIn(config.workDir ?? join(config.dataDir, 'work'))),
  ];

  const executionOf = async (correlationId: string) => {
    await becomesTrue(() => executions.has(correlationId), patienceMs);
    return executions.get(correlationId) ?? '';
  };

  const send = async (request: object) => {
    const correlationId = randomUUID();
    const text = JSON.stringify({ ...request, correlation_id: correlationId });
    await redis.xadd(config.requestChannel, '*', 'request', text);
    return correlationId;
  };

  return {
    ...deployment,
    containers,
    send,
    executionOf,
    async sendSteps(scripts, request = {}) {
      const keys = queueKeys(config.keyPrefix);
      await redis.set(keys.paused, '1');
      const correlationId = await send(shell('true', request));
      const key = keys.execution(await executionOf(correlationId));
      const plan = executionPlanSchema.parse(JSON.parse((await redis.hget(key, 'plan')) ?? ''));
      const steps = scripts.map((script, index) => ({
        ...plan.steps[0],
        command: ['sh', '-c', script],
        ignoreError: index < scripts.length - 1,
      }));
      await redis.hset(key, 'plan', JSON.stringify({ ...plan, steps }));
      await redis.del(keys.paused);
      await redis.publish(keys.wake, '');
      return correlationId;
    },
    async start(overrides = {}, crashAt) {
      const env = {
        ...environmentOf({ ...config, logLevel: 'info', ...overrides }),
        PATH: context.searchPath,
        ...(crashAt === undefined ? {} : { [crashVariable]: crashAt }),
      };
      const agent = startAgentProcess({ program: [program], env });
      agents.push(agent);
      await agent.ready;
      return agent;
    },
    async untilMarked(executionId, count) {
      if (!(await becomesTrue(async () => (await marks.marksOf(executionId)).length >= count, patienceMs)))
        throw new Error(`execution ${executionId} left no ${count} marks`);
    },
    async keptAnswers(correlationId) {
      const entries = await redis.xrange(config.responseChannel, '-', '+');
      const answers: ExecutionResponse[] = entries.map(([, [, text = '']]) => JSON.parse(text));
      return answers.filter(({ correlation_id: id }) => id === correlationId);
    },
    async leftovers() {
      await becomesTrue(async () => (await findLeftovers()).length === 0, patienceMs);
      return findLeftovers();
    },
    async close() {
      for (const agent of agents) {
        agent.kill('SIGCONT');
        agent.kill('SIGKILL');
        await agent.ended;
      }
      events.disconnect();
      await deployment.close();
    },
  };
}

/** What executions have below a directory of workspaces, made by any driver. */
async function workspacesIn(workDir: string): Promise<readonly string[]> {
  const entries = await runCommand('find', workDir, '-mindepth', '3', '-maxdepth', '3', '-type', 'd');
  return entries.split('\n').filter((path) => path !== '');
}
