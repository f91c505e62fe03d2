import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Config, configSchema } from '../../../src/agent/config/config-schema.ts';
import { type AgentProcess, startAgentProcess } from '../../agent/agent-process.ts';
import { bundleProgram } from '../../agent/bundle-program.ts';
import { channelsOf } from '../../agent/channels-of.ts';
import { environmentOf } from '../../agent/environment-of.ts';
import { startRedis } from '../../parts/stores/redis.ts';
import { worstSecrets } from '../worst/worst-patterns.ts';
import { type AgentMessage, readAgentMessage } from './agent-messages.ts';

const program = fileURLToPath(new URL('./fuzz-agent.ts', import.meta.url));
const readySchema = z.object({ http: z.string() });
const memoryPatienceMs = 30_000;

type Memory = Extract<AgentMessage, { kind: 'memory' }>;
type Delay = Extract<AgentMessage, { kind: 'delay' }>;

export interface FuzzWorld {
  readonly config: Config;
  /** Where the agent listens now. */
  url(): string;
  /** Resolves when an agent serves, at once where one does. */
  serving(): Promise<unknown>;
  /** How often the agent has ended and was started again. */
  restarts(): number;
  /** Asks the agent how large it is, which collects its garbage first. */
  measure(): Promise<Memory>;
  close(): Promise<void>;
}

export interface WorldWatch {
  /** The agent has ended, with its last lines. */
  readonly onEnd: (how: number | string, lastLines: readonly string[]) => void;
  readonly onDelay: (delay: Delay) => void;
  /** An error in the log. */
  readonly onError: (line: string) => void;
}

/** Records and all that belongs to them go soon, so that one can see what stays; and no request is large. */
const fuzzSettings = {
  dedupeSeconds: 2,
  retentionSeconds: 60,
  retained: 1,
  leaseSeconds: 5,
  messageBytes: '2m',
  logBytes: '256k',
  logKeepBytes: '64k',
  minFreeDisk: '1m',
};

/** A Redis and an agent; one that ends is started again. */
export async function openFuzzWorld(
  directory: string,
  watch: WorldWatch,
  settings: Readonly<Record<string, unknown>> = fuzzSettings,
): Promise<FuzzWorld> {
  const bundled = await bundleProgram(program, join(directory, 'program'));
  const redis = await startRedis({
    directory: join(directory, 'redis'),
    // As the private Redis has it: by default a burst of large messages cuts the subscription.
    extraArgs: ['--client-output-buffer-limit', 'pubsub', '512mb', '0', '0'],
  });
  const config = configSchema.parse({
    ...channelsOf('fuzz'),
    ...settings,
    redisUrl: redis.url,
    dataDir: join(directory, 'agent'),
    port: 0,
    httpRate: 0,
    concurrency: 16,
    minFreeMemory: '1m',
    stopGrace: 0.1,
    answersKept: 1_000_000,
    logLevel: 'info',
  });
  const env = { ...environmentOf(config), ...worstSecrets, EXEC_SECRET_FUZZ: 'open sesame 4711' };
  let [url, restarts, closing] = ['', 0, false];
  const asked: ((memory: Memory) => void)[] = [];
  let lastLines: string[] = [];

  const onLine = (line: string) => {
    lastLines = [...lastLines.slice(-20), line];
    if (line.includes('ready for requests')) url = readySchema.parse(JSON.parse(line)).http;
    else if (/^\{"level":(50|60)/.test(line)) watch.onError(line);
    const message = readAgentMessage(line);
    if (message?.kind === 'delay') watch.onDelay(message);
    if (message?.kind === 'memory') asked.shift()?.(message);
  };
  const start = (): AgentProcess => {
    const started = startAgentProcess({ program: ['--expose-gc', bundled], env, onLine });
    void started.ended.then((how) => {
      if (closing) return;
      restarts += 1;
      watch.onEnd(how, lastLines);
      agent = start();
    });
    return started;
  };
  let agent = start();
  await agent.ready;

  return {
    config,
    url: () => url,
    serving: () => agent.ready.catch(() => undefined),
    restarts: () => restarts,
    measure() {
      const told = new Promise<Memory>((resolve, reject) => {
        asked.push(resolve);
        setTimeout(() => reject(new Error('the agent did not say how large it is')), memoryPatienceMs).unref();
      });
      agent.kill('SIGUSR2');
      return told;
    },
    async close() {
      closing = true;
      agent.kill('SIGTERM');
      await agent.ended;
      await redis.stop();
    },
  };
}
