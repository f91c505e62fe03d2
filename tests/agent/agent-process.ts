import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

export interface AgentProcessOptions {
  /** A JavaScript program that becomes an agent, and its arguments. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Sees each line of its log. */
  readonly onLine?: (line: string) => void;
}

/** An agent that can be killed. */
export interface AgentProcess {
  readonly pid: number;
  /** Resolves once it serves; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** How it ended: an exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends the signal; `ended` tells the rest. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts an agent in a process of its own. */
export function startAgentProcess({ program, env, onLine }: AgentProcessOptions): AgentProcess {
  const child = spawn(process.execPath, program, {
    env: { ...process.env, LOG_LEVEL: 'info', ...env },
    // Away from any .env file.
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]): number | NodeJS.Signals => signal ?? code);
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > 100) said.shift();
      onLine?.(line);
      if (line.includes('ready for requests')) resolve();
    });
    ended.then((how) => reject(new Error(`the agent ended with ${how} before it was ready:\n${said.join('\n')}`)));
  });
  // Callers that do not await this see the end by `ended`.
  ready.catch(() => undefined);
  return { pid: child.pid ?? 0, ready, ended, kill: (signal) => void child.kill(signal) };
}
