import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deployment } from '../../src/runtimes/contract/bench.contract.ts';
import { ociWarmRootIn } from '../../src/runtimes/oci/oci-places.ts';
import type { Runtime, Sandbox, SandboxSpec } from '../../src/runtimes/runtime.ts';
import { launchMark } from '../../src/runtimes/warm/launch-mark.ts';
import { canAccess } from '../../src/support/files/can-access.ts';
import { openWarmSandboxes, quickWarm, settled } from '../warm/open-warm-sandboxes.ts';
import type { WarmBench } from '../warm/warm.cases.ts';
import { type OciBench, openOciBench } from './open-bench.ts';

export type OciWarmBench = OciBench & WarmBench;

/** Every sandbox that is opened has a container that was started before. */
export async function openWarmBench(): Promise<OciWarmBench> {
  const bench = await openOciBench({ warm: quickWarm, limits: { pruneGraceMs: 0 } });
  const agents = join(ociWarmRootIn(join(bench.base, 'work')), deployment);
  const workspaces = async () => {
    const lists = (await namesIn(agents)).map(async (agent) =>
      (await namesIn(join(agents, agent))).map((name) => join(agents, agent, name)),
    );
    return (await Promise.all(lists)).flat();
  };
  const waiting = async () => (await workspaces()).map((path) => basename(path));
  /** Names of the workspaces, of the containers in them, and of the agents. */
  const marksOfWaiting = async () => {
    const all = await workspaces();
    const containers = all.map((path) => namesIn(join(path, 'control/containers')));
    const agentNames = (await namesIn(agents)).map((name) => `waiting ${name}`);
    return [...all.map((path) => basename(path)), ...(await Promise.all(containers)).flat(), ...agentNames];
  };
  /** Networks that belong to no execution. */
  const networksKept = async () => {
    const names = await namesIn(join(bench.base, 'state/networks', deployment));
    const claimed = new Set(names.filter((name) => name.endsWith('.claim')).map((name) => name.replace('.claim', '')));
    return names.map((name) => name.replace(/\..*$/, '')).filter((id) => !claimed.has(id));
  };
  const isWarm = (_sandbox: Sandbox, { executionId }: SandboxSpec) =>
    canAccess(launchMark(join(bench.base, 'work/oci', deployment, executionId, 'control')));
  const opening = <T extends Runtime>(runtime: T) => openWarmSandboxes(runtime, { bench, waiting, isWarm });

  return {
    ...bench,
    runtime: opening(bench.runtime),
    restart: async () => opening(await bench.restart()),
    waiting,
    leftovers: settled(async () => {
      const marks = [...(await marksOfWaiting()), ...(await networksKept())];
      const others = (await bench.traces()).filter((line) => !marks.some((mark) => line.includes(mark)));
      // A keeper's command line is its launcher's.
      const keepers = others.filter(isKeeper);
      const known = (await waiting()).length;
      return [...others.filter((line) => !isKeeper(line)), ...keepers.slice(known)];
    }),
  };
}

function isKeeper(line: string): boolean {
  return /^process \d+ \S*\/launcher /.test(line);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
