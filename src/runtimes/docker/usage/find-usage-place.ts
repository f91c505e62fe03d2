import { constants } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { canAccess } from '../../../support/files/can-access.ts';
import { readKernelFile } from '../../../support/files/read-kernel-file.ts';
import { findProgram } from '../../../support/processes/find-program.ts';
import { type GroupLayout, hierarchiesOf, parseGroupLayout } from '../../groups/group-layout.ts';
import { placeOf } from '../../groups/read-usage.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { findEngineProcess } from './find-engine-process.ts';
import { findParentGroup, type ParentGroup } from './find-parent-group.ts';

// There where systemd was booted, says sd_booted(3).
const systemdMark = '/run/systemd/system';

/** Where an engine makes the control groups of its containers, and the agent may look and remove. */
export interface UsagePlace {
  readonly layout: GroupLayout;
  readonly parent: ParentGroup;
  /** What stops slices, where systemd makes the groups. */
  readonly systemctl?: string;
}

/**
 * Undefined: what containers of that engine use cannot be known. It is on another machine, or the machine's groups are not
 * the agent's to see or to change, as in most containers, or systemd makes groups on v1, where it makes not all of them.
 */
export async function findUsagePlace(engine: Engine, searchPath: string): Promise<UsagePlace | undefined> {
  const { groupDriver: driver, securityOptions } = await engine.facts();
  // Its groups are made by a systemd of its user, if at all.
  if (securityOptions.includes('rootless')) return undefined;
  if ((driver !== 'cgroupfs' && driver !== 'systemd') || process.getuid?.() !== 0) return undefined;
  const pid = await findEngineProcess(engine.host);
  if (pid === undefined) return undefined;
  const layout = parseGroupLayout(await readFile('/proc/self/mountinfo', 'utf8'));
  const parent = await findParentGroup(pid, driver);
  if (parent === undefined || !(await isSeen(pid, layout)) || !(await isOurs(layout))) return undefined;
  if (driver === 'cgroupfs') return { layout, parent };
  const systemctl = layout.kind === 'v2' ? await findSystemctl(searchPath) : undefined;
  return systemctl === undefined ? undefined : { layout, parent, systemctl };
}

async function findSystemctl(searchPath: string): Promise<string | undefined> {
  return (await canAccess(systemdMark)) ? findProgram('systemctl', searchPath) : undefined;
}

/** Paths of groups mean the same to that process and to this one, and lead to the groups. */
async function isSeen(pid: number, layout: GroupLayout): Promise<boolean> {
  if ((await namespaceOf(pid)) !== (await namespaceOf('self'))) return false;
  const groups = (readKernelFile(`/proc/${pid}/cgroup`) ?? '').split('\n').map((line) => line.split(':'));
  const isItsOwn = (controllers = '') =>
    layout.kind === 'v2' ? controllers === '' : controllers.split(',').includes('memory');
  const [, , path] = groups.find(([, controllers]) => isItsOwn(controllers)) ?? [];
  if (path === undefined) return false;
  const inside = readKernelFile(placeOf(layout, path)('memory', 'cgroup.procs'));
  return inside?.split('\n').includes(String(pid)) === true;
}

/** What must not be read is another one. */
async function namespaceOf(process: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${process}/ns/cgroup`).catch(() => undefined);
}

/** They can be removed, and tell of all that was ever below them: since Linux 5.11 those of v1 always do. */
async function isOurs(layout: GroupLayout): Promise<boolean> {
  const writable = hierarchiesOf(layout).map((mount) => canAccess(mount, constants.W_OK));
  if (!(await Promise.all(writable)).every(Boolean)) return false;
  if (layout.kind === 'v2') return true;
  const memory = layout.controllers.get('memory') ?? '';
  return readKernelFile(join(memory, 'memory.use_hierarchy'))?.trim() !== '0';
}
