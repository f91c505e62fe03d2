import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RedisClient } from '../../src/client/index.ts';
import { messageOf } from '../../src/support/exec-error.ts';
import type { BenchParts } from '../bench-parts.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { type Contender, interleave, medianOf } from '../interleave.ts';
import { openAgentClient } from '../open-agent-client.ts';
import { runTesTask } from '../peers/run-tes-task.ts';
import { startFunnel } from '../peers/start-funnel.ts';
import { round } from '../summarise.ts';

const run = promisify(execFile);
const image = 'alpine:latest';
const command = ['true'];
const pauseMs = 300;
const longestReason = 600;

/** Runs one container of the image and the command, from the order until its end is known. */
interface Peer {
  readonly name: string;
  readonly runOne: () => Promise<void>;
}

/**
 * The same container by an agent on each runtime and by others that run containers, in one interleaved run: one at a time,
 * and many at once. A peer that cannot be had is named with the reason, and the others are measured.
 */
export async function measurePeers(parts: BenchParts, size: BenchSize) {
  await installPrograms(['docker-cli'], parts.tell);
  const stops: (() => Promise<void>)[] = [];
  const missing: Record<string, string> = {};
  try {
    const peers: Peer[] = [{ name: 'docker run', runOne: () => dockerRun(parts.dockerHost) }];
    try {
      const funnel = await startFunnel(join(parts.directory, 'funnel'), parts.dockerHost, parts.tell);
      stops.push(funnel.stop);
      peers.push({ name: 'funnel', runOne: () => runTesTask(funnel.base, { image, command }) });
    } catch (error) {
      missing.funnel = messageOf(error).slice(0, longestReason);
      parts.tell(`PEER MISSING funnel: ${messageOf(error)}`);
    }
    for (const runtime of ['docker', 'oci']) {
      const { client, stop } = await openAgentClient(parts, `peer-${runtime}`, { EXEC_RUNTIME: runtime });
      stops.push(stop);
      peers.push({ name: `exec-agent on ${runtime}`, runOne: () => runExecution(client) });
    }
    return { ...(await compare(peers, size)), ...(Object.keys(missing).length > 0 && { peers_missing: missing }) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function compare(peers: readonly Peer[], size: BenchSize) {
  const single = peers.map(({ name, runOne }) => ({ name, run: runOne }));
  const lot = { full: 40, quick: 16, smoke: 4 }[size];
  const many: Contender[] = peers.map(({ name, runOne }) => ({
    name,
    run: async () => void (await Promise.all(Array.from({ length: lot }, runOne))),
  }));
  const warmups = size === 'smoke' ? 0 : 1;
  const one = await interleave(single, { rounds: { full: 20, quick: 8, smoke: 1 }[size], warmups, pauseMs });
  const lots = await interleave(many, { rounds: { full: 5, quick: 2, smoke: 1 }[size], warmups, pauseMs });
  const byName = (figure: (name: string) => number) =>
    Object.fromEntries(peers.map(({ name }) => [name, round(figure(name))]));
  return {
    peers_ms: byName((name) => medianOf(one, name)),
    peers_vs_docker_run: byName((name) => medianOf(one, name) / medianOf(one, 'docker run')),
    peers_at_once: lot,
    peers_per_s: byName((name) => (lot / medianOf(lots, name)) * 1000),
  };
}

async function runExecution(client: RedisClient): Promise<void> {
  const response = await client.run({ container: { image, command }, input: {}, output: {} });
  if (!response.success) throw new Error(response.error);
}

async function dockerRun(host: string): Promise<void> {
  await run('docker', ['--host', host, 'run', '--rm', '--network', 'none', image, ...command]);
}
