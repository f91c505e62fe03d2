import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { Config } from '../../src/agent/config/config-schema.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { becomesTrue } from '../parts/poll.ts';

const MiB = 1024 ** 2;
const settleMs = 10_000;

/** How an agent of the suite runs its containers. */
export interface Variant {
  readonly title: string;
  readonly runtime: 'docker' | 'oci';
  readonly dockerTransfer: 'bind' | 'archive';
  /**
   * What containers write lies in a directory of this machine: it is seen while they run, and every entry as what it is.
   * Of an archive only files and directories are unpacked, so that a link that was expected is missing.
   */
  readonly inPlace: boolean;
}

export const variants: readonly Variant[] = [
  { title: 'docker', runtime: 'docker', dockerTransfer: 'bind', inPlace: true },
  { title: 'docker through archives', runtime: 'docker', dockerTransfer: 'archive', inPlace: false },
  { title: 'oci', runtime: 'oci', dockerTransfer: 'bind', inPlace: true },
];

export const limits = {
  outputBytes: 8 * MiB,
  outputFiles: 500,
  layerBytes: 8 * MiB,
  layerFiles: 500,
  scratchBytes: 16 * MiB,
  logBytes: 4 * MiB,
  logLines: 50_000,
  logKeepBytes: 64 * 1024,
  inputBytes: 32 * MiB,
  messageBytes: 4 * MiB,
} as const;

/** An agent, and a file of the host that no container may learn anything about. */
export interface HostileBench {
  readonly variant: Variant;
  readonly deployment: TestDeployment;
  readonly store: ObjectStore;
  /** Path of the file. */
  readonly canary: string;
  /** Runs a script in a container; fails unless the file is as it was and the answer says nothing of what is in it. */
  run(script: string, more?: object): Promise<ExecutionResponse>;
  /** The same for a whole request. */
  send(request: object): Promise<ExecutionResponse>;
  /** Fails unless nothing of the file is in any log or object, and no workspace is left. */
  close(): Promise<void>;
}

export async function openHostileBench(variant: Variant, settings: Partial<Config> = {}): Promise<HostileBench> {
  const directory = await mkdtemp(join(tmpdir(), 'canary-'));
  const canary = join(directory, 'canary');
  const secret = `secret ${randomUUID()}`;
  await writeFile(canary, `root:${secret}:19000:0:99999:7:::\n`);
  await chmod(canary, 0o600);
  const before = await looksOf(canary);
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const { runtime, dockerTransfer } = variant;
  const options = { ...limits, inputHosts: ['127.9.9.9'], runtime, dockerTransfer, stopGrace: 1, ...settings };
  const deployment = await openDeployment(options, { logger });
  const { store } = await deployment.open();
  const shadow = await readFile('/etc/shadow', 'utf8');

  const send = async (request: object) => {
    const response = await deployment.run(request);
    const answer = JSON.stringify(response);
    expect(answer).not.toContain(secret);
    for (const line of shadow.split('\n').filter((each) => each !== '')) expect(answer).not.toContain(line);
    expect(await looksOf(canary)).toEqual(before);
    return response;
  };

  return {
    variant,
    deployment,
    store,
    canary,
    send,
    run: (script, more = {}) => send(shell(script, more)),
    async close() {
      try {
        const work = join(deployment.config.dataDir, 'work');
        await becomesTrue(async () => (await workspacesBelow(work)).length === 0, settleMs);
        expect(await workspacesBelow(work)).toEqual([]);
        expect(log.join('')).not.toContain(secret);
        expect(await objectsHolding(secret, store)).toEqual([]);
      } finally {
        await deployment.close();
        await rm(directory, { recursive: true });
      }
    },
  };
}

async function looksOf(path: string) {
  const { uid, gid, mode, size, ino, nlink, mtimeMs, ctimeMs } = await lstat(path);
  return { uid, gid, mode, size, ino, nlink, mtimeMs, ctimeMs, content: await readFile(path, 'utf8') };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Directories named by an execution, two levels below. */
async function workspacesBelow(work: string): Promise<string[]> {
  const deployments = (await Promise.all((await directoriesIn(work)).map(directoriesIn))).flat();
  const executions = (await Promise.all(deployments.map(directoriesIn))).flat();
  return executions.filter((path) => uuid.test(basename(path)));
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

async function objectsHolding(secret: string, store: ObjectStore): Promise<string[]> {
  const { signal } = new AbortController();
  const holding: string[] = [];
  for await (const { name } of store.list({ name: 'executions/' }, signal)) {
    const { body } = await store.get({ name }, signal);
    if ((await text(body)).includes(secret)) holding.push(name);
  }
  return holding;
}
