import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { claimDirectory } from '../support/directories/claim-directory.ts';
import { errnoOf } from '../support/exec-error.ts';
import { readProcess } from '../support/processes/process-identity.ts';

/** `<host>/<pid>/<start time>/<random>`: identifies one agent; an agent on the same host can check whether it is alive. */
export async function createAgentId(): Promise<string> {
  return `${hostname()}/${process.pid}/${readProcess(process.pid)?.startTime}/${randomBytes(3).toString('hex')}`;
}

/** False only when it is certain: the agent ran on this host and its process has ended. */
export async function mayBeAlive(agentId: string): Promise<boolean> {
  const [host, pid, startTime] = agentId.split('/');
  if (host !== hostname()) return true;
  return readProcess(Number(pid))?.startTime === startTime;
}

/** Names the place where an agent keeps its sandboxes; agents that share a data directory and a runtime share it. */
export async function readHome(dataDir: string, runtime: string): Promise<string> {
  const path = join(await claimDirectory({ path: resolve(dataDir), setting: 'EXEC_DATA_DIR' }), 'home');
  try {
    await writeFile(path, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return `${await readFile(path, 'utf8')}/${runtime}`;
}
