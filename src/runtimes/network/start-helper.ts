import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { codeRoot } from '../../support/files/code-root.ts';
import type { NetworkTools } from './network-tools.ts';

export interface Helper {
  readonly process: ChildProcess;
  /** What it and `nsenter` printed on stderr so far. */
  said(): string;
  /** Resolves once it is gone. */
  readonly ended: Promise<void>;
}

export interface HelperRequest {
  readonly tools: NetworkTools;
  /** A path of the namespace: `/proc/<pid>/ns/net`, or a file that it is bound to. */
  readonly netns: string;
  readonly script: 'listen-helper' | 'forward-helper';
  readonly args: readonly string[];
}

const keptOutput = 4096;

/**
 * Starts one of our scripts inside a network namespace. Node cannot enter one itself, but a socket belongs to the
 * namespace it was created in, even after it is passed to another process. The helper gets none of our environment and
 * ends when the agent dies.
 */
export function startHelper({ tools, netns, script, args }: HelperRequest): Helper {
  const file = fileURLToPath(new URL(`runtimes/network/${script}.cjs`, codeRoot));
  const child = spawn(tools.nsenter, [`--net=${netns}`, '--', process.execPath, file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {},
    cwd: '/',
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, keptOutput);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      said = `${said}${error.message}`;
      resolve();
    });
  });
  return { process: child, said: () => said.trim(), ended };
}
