import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { namesIn } from '../../../support/names-in.ts';
import { placeOf, readUsage, type Usage } from '../../groups/read-usage.ts';
import { removeGroup } from '../../groups/remove-group.ts';
import { once } from '../../once.ts';
import type { SandboxSpec } from '../../runtime.ts';
import type { Engine } from '../connect-engine.ts';
import { findUsagePlace } from './find-usage-place.ts';

/** Whose group it is; the attempt is named as in the label of its containers. */
interface GroupOwner extends Pick<SandboxSpec, 'deployment'> {
  readonly sandboxId: string;
}

/**
 * Control groups around those that an engine makes for its containers, one each: they stay when a container has ended,
 * with the totals of what it used. The engine makes them when it starts a container; we read and remove them.
 */
export interface UsageGroups {
  /** A new one, for `HostConfig.CgroupParent`. Undefined: what is used cannot be known here. */
  name(owner: GroupOwner): Promise<string | undefined>;
  /** What was used in a container that has ended; undefined: not known. */
  read(group: string): Promise<Usage | undefined>;
  /** Those of a deployment, by the sandboxes whose containers they are for. */
  find(deployment: string): Promise<ReadonlySet<string>>;
  /** Those of a sandbox whose containers have been removed. Safe to repeat. */
  remove(owner: GroupOwner): Promise<void>;
}

const prefix = 'exec-agent';
const separator = '.';
const hashLength = 12;

export function createUsageGroups(engine: Engine): UsageGroups {
  let found = { losses: engine.losses(), place: once(() => findUsagePlace(engine)) };

  /** As it is since the engine was last lost: it may have come back with other settings. */
  const place = () => {
    if (found.losses !== engine.losses())
      found = { losses: engine.losses(), place: once(() => findUsagePlace(engine)) };
    return found.place();
  };

  const namesOf = async (start: string): Promise<readonly string[]> => {
    const at = await place();
    if (at === undefined) return [];
    const names = await namesIn(placeOf(at.layout, at.parent)('memory'));
    return names.filter((name) => name.startsWith(start));
  };

  return {
    async name(owner) {
      const at = await place();
      return at && join(at.parent, `${startOf(owner)}${randomUUID().slice(0, 8)}`);
    },

    async read(group) {
      const at = await place();
      return at && readUsage(at.layout, group);
    },

    async find(deployment) {
      const start = `${startOfDeployment(deployment)}${separator}`;
      const names = await namesOf(start);
      return new Set(names.map((name) => name.slice(start.length).split(separator)[0] ?? ''));
    },

    async remove(owner) {
      const at = await place();
      if (at === undefined) return;
      const names = await namesOf(startOf(owner));
      await Promise.all(names.map((name) => removeGroup(at.layout, join(at.parent, name))));
    },
  };
}

function startOf({ deployment, sandboxId }: GroupOwner): string {
  return [startOfDeployment(deployment), sandboxId, ''].join(separator);
}

/** A deployment may be called anything. */
function startOfDeployment(deployment: string): string {
  const hash = createHash('sha256').update(deployment).digest('hex').slice(0, hashLength);
  return `${prefix}${separator}${hash}`;
}
