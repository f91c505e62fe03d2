import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { namesIn } from '../../../support/files/names-in.ts';
import { hierarchiesOf } from '../../groups/group-layout.ts';
import { readMemoryKills, readUsage, type Usage } from '../../groups/read-usage.ts';
import { removeGroup } from '../../groups/remove-group.ts';
import { runTool } from '../../network/run-tool.ts';
import type { SandboxSpec } from '../../runtime.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { findUsagePlace, type UsagePlace } from './find-usage-place.ts';
import { knownPlace } from './known-place.ts';

/** Whose group it is; the attempt is named as in the label of its containers. */
interface GroupOwner extends Pick<SandboxSpec, 'deployment'> {
  readonly sandboxId: string;
}

export interface UsageGroup {
  /** For `HostConfig.CgroupParent`. */
  readonly name: string;
  /** Below every hierarchy. */
  readonly path: string;
}

/**
 * Control groups around those that an engine makes for its containers, one each: they stay when a container has ended,
 * with the totals of what it used. The engine makes them when it starts a container; we read and remove them.
 */
export interface UsageGroups {
  /** A new one. Undefined: what is used cannot be known here. */
  next(owner: GroupOwner): Promise<UsageGroup | undefined>;
  /** What was used in a container that has ended, by the path; undefined: not known. */
  read(path: string): Promise<Usage | undefined>;
  /** How often the kernel has ended a process of such a container for memory; undefined: not known. */
  readMemoryKills(path: string): Promise<number | undefined>;
  /** Those of a deployment, by the sandboxes whose containers they are for. */
  find(deployment: string): Promise<ReadonlySet<string>>;
  /** Those of a sandbox whose containers have been removed. Safe to repeat. */
  remove(owner: GroupOwner): Promise<void>;
}

export interface UsageOptions {
  /** Where programs are looked for, in the form of `$PATH`. */
  readonly searchPath: string;
  /** How long systemd may take to release a group. */
  readonly stopTimeoutMs: number;
}

const prefix = 'exec_agent';
const separator = '.';
const hashLength = 12;

export function createUsageGroups(engine: Engine, { searchPath, stopTimeoutMs }: UsageOptions): UsageGroups {
  const findPlace = knownPlace(engine, () => findUsagePlace(engine, searchPath));

  /** In any hierarchy: an engine that is killed while it makes or removes a group leaves it in some only. */
  const groupsOf = async (place: UsagePlace, start: string): Promise<readonly UsageGroup[]> => {
    const parents = hierarchiesOf(place.layout).map((mount) => join(mount, place.parent.path));
    const names = new Set((await Promise.all(parents.map(namesIn))).flat());
    const [before] = affixesOf(place);
    return [...names].filter((name) => name.startsWith(`${before}${start}`)).map((name) => groupIn(place, name));
  };

  return {
    async next(owner) {
      const place = await findPlace();
      if (place === undefined) return undefined;
      const [before, after] = affixesOf(place);
      return groupIn(place, `${before}${startOf(owner)}${randomUUID().slice(0, 8)}${after}`);
    },

    async read(path) {
      const place = await findPlace();
      return place && readUsage(place.layout, path);
    },

    async readMemoryKills(path) {
      const place = await findPlace();
      return place && readMemoryKills(place.layout, path);
    },

    async find(deployment) {
      const place = await findPlace();
      if (place === undefined) return new Set();
      const start = startOfDeployment(deployment);
      const groups = await groupsOf(place, start);
      return new Set(groups.map(({ path }) => sandboxIn(path.slice(path.lastIndexOf(start) + start.length))));
    },

    async remove(owner) {
      const place = await findPlace();
      if (place === undefined) return;
      const groups = await groupsOf(place, startOf(owner));
      const { systemctl, layout } = place;
      if (systemctl !== undefined && groups.length > 0)
        await runTool([systemctl, 'stop', '--', ...groups.map(({ name }) => name)], { timeoutMs: stopTimeoutMs });
      await Promise.all(groups.map(({ path }) => removeGroup(layout, path)));
    },
  };
}

function groupIn({ parent }: UsagePlace, directory: string): UsageGroup {
  const path = join(parent.path, directory);
  return { path, name: parent.slice === undefined ? path : directory };
}

/** A slice is named after the one that it is in, with a dash between them: so there must be no other. */
function affixesOf({ parent }: UsagePlace): readonly [string, string] {
  return parent.slice === undefined ? ['', ''] : [parent.slice.replace(/[.]slice$/, '-'), '.slice'];
}

function startOf({ deployment, sandboxId }: GroupOwner): string {
  return `${startOfDeployment(deployment)}${sandboxId.replaceAll('-', '_')}${separator}`;
}

function sandboxIn(rest: string): string {
  return rest.slice(0, rest.indexOf(separator)).replaceAll('_', '-');
}

/** A deployment may be called anything. */
function startOfDeployment(deployment: string): string {
  const hash = createHash('sha256').update(deployment).digest('hex').slice(0, hashLength);
  return [prefix, hash, ''].join(separator);
}
