import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../../agent/agent-types.ts';
import type { Config } from '../../agent/config/config-schema.ts';
import { loadConfig } from '../../agent/config/load-config.ts';
import { openAgent } from '../../agent/open-agent.ts';
import { createRedisClient } from '../../client/redis/create-redis-client.ts';
import { formatSeconds } from '../../support/text/duration.ts';
import { createLogger } from '../../telemetry/log.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';
import { type ChosenPlace, choosePlace, installRedis, type PlaceOptions } from './choose-place.ts';
import { failingJob } from './failing-job.ts';
import { graphJob } from './graph-job.ts';
import { runJobs } from './run-jobs.ts';
import { tableJob } from './table-job.ts';
import { timeoutJob } from './timeout-job.ts';

export interface DemoFlags extends SettingFlags {
  readonly json?: boolean;
}

/** `exec-agent demo`: four requests over a Redis to an agent, all of them its own. */
export async function runDemo(terminal: Terminal, flags: DemoFlags): Promise<number> {
  const begun = performance.now();
  const story = flags.json === true ? terminal.stderr : terminal.stdout;
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-demo-'));
  const notify = sayOnInterrupt(terminal, 'Stopping what the demo started.');
  try {
    const differences = await withInterrupt(notify, async (signal) => {
      const options = await prepare(directory, { terminal, flags, signal, story });
      const place = await choosePlace(options);
      await installRedis(options);
      const config: Config = {
        ...options.config,
        port: 'off',
        runtime: place.runtime,
        hostImage: place.image === 'host',
      };
      const agent = await openAgent(config, options);
      announce(story, agent, place);
      return runAll(agent, place, { config, terminal, flags, signal, story });
    });
    return conclude(story, differences, performance.now() - begun);
  } finally {
    await removeTree(directory);
  }
}

interface DemoContext {
  readonly terminal: Terminal;
  readonly flags: DemoFlags;
  readonly signal: AbortSignal;
  /** Where the story for people goes. */
  readonly story: Sink;
}

// Of the settings around it the demo only takes over how to reach a Docker Engine: all else is its own.
const sharedVariables = ['EXEC_RUNTIME', 'DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'LOG_LEVEL'];

async function prepare(directory: string, { terminal, flags, signal, story }: DemoContext): Promise<PlaceOptions> {
  const { env, stderr } = terminal;
  const { config, sources } = await loadConfig({
    env: Object.fromEntries(sharedVariables.map((name) => [name, env[name]])),
    cwd: directory,
    overrides: {
      dataDir: directory,
      runtime: flags.runtime,
      stopGrace: 1,
      drainSeconds: 10,
      // The jobs are tiny, so a small machine will do.
      minFreeDisk: 1,
      minFreeMemory: 1,
      logLevel: flags.debug === true ? 'debug' : undefined,
    },
  });
  const level = sources.logLevel === 'default' ? 'error' : config.logLevel;
  const logger = await createLogger({ level, pretty: stderr.isTerminal, destination: process.stderr });
  return { config, logger, searchPath: env.PATH ?? '', signal, say: (line) => story.line(line) };
}

function announce(story: Sink, { choice, redisUrl }: Agent, { image }: ChosenPlace): void {
  const { bold, dim } = story.colors;
  story.line(`${bold('Exec Agent')}: four jobs from request to response`);
  const version = choice.candidates.at(-1)?.health.version ?? choice.reason;
  story.line(dim(`   runtime  ${choice.runtime.name} (${version}), image ${image}`));
  story.line(dim(`   redis    ${redisUrl}, a private one for this demo`));
}

async function runAll(
  agent: Agent,
  place: ChosenPlace,
  { config, terminal, flags, signal, story }: DemoContext & { readonly config: Config },
): Promise<readonly string[]> {
  const { redisUrl: url } = agent;
  const { requestChannel, responseChannel, controlChannel } = config;
  try {
    signal.throwIfAborted();
    const client = await createRedisClient({ url, requestChannel, responseChannel, controlChannel });
    try {
      const jobs = [graphJob(place), tableJob(place), failingJob(place), timeoutJob(place)];
      const onResponse = flags.json === true ? terminal.stdout : undefined;
      return await runJobs(jobs, { client, store: agent.store, signal, story, json: onResponse });
    } finally {
      await client.close();
    }
  } finally {
    await agent.stop();
  }
}

function conclude(story: Sink, differences: readonly string[], elapsedMs: number): number {
  const { bold, green, red, dim } = story.colors;
  story.line();
  if (differences.length > 0) {
    story.line(red(bold('Not every response is as expected:')));
    for (const difference of differences) story.line(`  ${difference}`);
    return exitCodes.failed;
  }
  story.line(
    `${green('✓')} ${bold('All four responses are as expected')} ${dim(`(${formatSeconds(elapsedMs)}).`)} Everything it started was stopped and removed.`,
  );
  story.line(dim('  Next: exec-agent run alpine echo hello     exec-agent serve     exec-agent doctor'));
  return exitCodes.ok;
}
