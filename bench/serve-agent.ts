import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

export interface ServedAgent {
  /** From the start of the process to its being ready for requests. */
  readonly readyMs: number;
  /** Resident memory of the process, in MB (10^6 bytes). */
  residentMb(): Promise<number>;
  /** The most that it ever was. */
  peakMb(): Promise<number>;
  /** How many files, sockets and pipes it has open. */
  descriptors(): Promise<number>;
  stop(): Promise<void>;
}

/** `exec-agent serve` as users start it, with these variables on top of the present ones. */
export async function serveAgent(variables: Readonly<Record<string, string>>): Promise<ServedAgent> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, 'serve'], {
    env: { ...process.env, LOG_LEVEL: 'info', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const readyMs = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (said.length < 50) said.push(line);
      if (line.includes('ready for requests')) resolve(performance.now() - begun);
    });
    child.once('exit', () => reject(new Error(`the agent did not start:\n${said.join('\n')}`)));
  });
  return {
    readyMs,
    residentMb: () => memoryOf(child.pid, 'VmRSS'),
    peakMb: () => memoryOf(child.pid, 'VmHWM'),
    descriptors: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function memoryOf(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6;
}
