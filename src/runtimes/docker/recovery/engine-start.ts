import { readFile, realpath } from 'node:fs/promises';
import { readProcess } from '../../../support/processes/process-identity.ts';
import { parseEngineAddress } from '../engine/engine-address.ts';
import { engineProcesses, readIfAlive } from './find-processes.ts';

// The kernel reports process start times in this unit, for any CONFIG_HZ.
const ticksPerSecond = 100;

/**
 * When the engine that answers there began, in epoch milliseconds; undefined: that cannot be seen from here, because it
 * runs elsewhere or several run here and none of them is known to listen there.
 */
export async function findEngineStart(host: string): Promise<number | undefined> {
  const address = parseEngineAddress(host);
  if (address.kind !== 'unix') return undefined;
  const engines = await engineProcesses();
  const [only, ...others] = engines.length > 1 ? await listeningAt(address.socketPath, engines) : engines;
  return only === undefined || others.length > 0 ? undefined : startOf(only);
}

/** Those whose command line names the socket. */
async function listeningAt(socketPath: string, pids: readonly number[]): Promise<number[]> {
  const names = new Set(
    [socketPath, await realpath(socketPath).catch(() => socketPath)].map((path) => `unix://${path}`),
  );
  const found: number[] = [];
  for (const pid of pids) {
    const args = (await readIfAlive(`/proc/${pid}/cmdline`)).split('\0');
    if (args.some((arg) => names.has(arg.replace(/^(-H|--host)=?/, '')))) found.push(pid);
  }
  return found;
}

async function startOf(pid: number): Promise<number | undefined> {
  const [found, uptime] = await Promise.all([readProcess(pid), readFile('/proc/uptime', 'utf8')]);
  if (found === undefined) return undefined;
  const age = Number.parseFloat(uptime) - Number(found.startTime) / ticksPerSecond;
  return Date.now() - age * 1000;
}
