import { join } from 'node:path';
import type { Config } from '../../../src/agent/config/config-schema.ts';
import { withRetries } from '../../../src/support/time/with-retries.ts';
import { type AgentProcess, startAgentProcess } from '../../agent/agent-process.ts';
import { environmentOf } from '../../agent/environment-of.ts';
import { becomesTrue } from '../../parts/poll.ts';

/** Agents of one cluster, each a process of this host with a directory of its own. */
export interface Agents {
  /** Whether the agent of that id is one that runs now. */
  isRunning(id: string): boolean;
  /** `kill -9` of the agents of those ids; others start at once in their place. */
  kill(ids: readonly string[]): Promise<void>;
  /** Stops an agent in its tracks until the work is done, and waits until it has noticed that it lost the execution. */
  pause(id: string, execution: string, work: () => Promise<void>): Promise<void>;
  /** Lets all end by themselves; returns those that did not do so well. */
  stop(): Promise<readonly string[]>;
  close(): void;
}

interface Running {
  readonly directory: string;
  readonly process: AgentProcess;
}

export interface StartAgentsOptions {
  /** The program, in one file. */
  readonly program: string;
  readonly config: Config;
  /** Parent of their directories. */
  readonly directory: string;
  readonly count: number;
  /** Gets what the agents write. */
  readonly onLine: (line: string) => void;
}

const restarts = { attempts: 100, backoffMs: 1_000, backoffMaxMs: 5_000 };
const noticeMs = 300_000;
const losing = /execution detached|finished too late/;

export async function startAgents(options: StartAgentsOptions): Promise<Agents> {
  const { program, config, count, onLine } = options;
  const running = new Map<number, Running>();
  const lost = new Set<string>();
  const closing = new AbortController();
  const note = (pid: number, line: string) => {
    onLine(line);
    const execution = losing.test(line) ? /"execution":"([^"]+)"/.exec(line)?.[1] : undefined;
    if (execution !== undefined) lost.add(`${pid} ${execution}`);
  };
  const startOnce = async (directory: string) => {
    // A warning of Node.js comes with where it was created.
    const env = { ...environmentOf({ ...config, dataDir: directory }), NODE_OPTIONS: '--trace-warnings' };
    let pid = 0;
    const process = startAgentProcess({ program: [program, 'serve'], env, onLine: (line) => note(pid, line) });
    ({ pid } = process);
    running.set(pid, { directory, process });
    try {
      await process.ready;
    } catch (error) {
      running.delete(pid);
      throw error;
    }
  };
  /** As what supervises an agent does: one that cannot start, because the API server is away, is started again. */
  const start = (directory: string) =>
    withRetries({ ...restarts, signal: closing.signal, mayPass: () => true }, () => startOnce(directory));
  const directories = Array.from({ length: count }, (_, index) => join(options.directory, `agent-${index}`));
  await Promise.all(directories.map(start));

  const pidOf = (id: string) => Number(id.split('/')[1]);
  const killOne = async (pid: number) => {
    const found = running.get(pid);
    if (found === undefined) return;
    running.delete(pid);
    found.process.kill('SIGKILL');
    await found.process.ended;
    await start(found.directory);
  };
  return {
    isRunning: (id) => running.has(pidOf(id)),
    async kill(ids) {
      await Promise.all([...new Set(ids.map(pidOf))].map(killOne));
    },
    async pause(id, execution, work) {
      const pid = pidOf(id);
      const agent = running.get(pid)?.process;
      agent?.kill('SIGSTOP');
      try {
        await work();
      } finally {
        agent?.kill('SIGCONT');
      }
      if (!(await becomesTrue(() => lost.has(`${pid} ${execution}`), noticeMs)))
        throw new Error(`the agent that woke up did not notice that it had lost ${execution}`);
    },
    async stop() {
      for (const { process } of running.values()) process.kill('SIGTERM');
      const ends = await Promise.all(
        [...running].map(async ([pid, { process }]) => [pid, await process.ended] as const),
      );
      return ends.filter(([, end]) => end !== 0).map(([pid, end]) => `the agent ${pid} ended with ${end}`);
    },
    close() {
      closing.abort(new Error('no more agents are started'));
      for (const { process } of running.values()) process.kill('SIGKILL');
    },
  };
}
