import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';
import { readIfAlive } from '../recovery/find-processes.ts';

/** The control group in which an engine makes those of its containers. */
export interface ParentGroup {
  /** Below every hierarchy. */
  readonly path: string;
  /** What systemd calls it; absent: the engine makes groups itself. */
  readonly slice?: string;
}

// Where Docker Engines look by default.
const usualFile = '/etc/docker/daemon.json';
const usualParents = { cgroupfs: '/docker', systemd: 'system.slice' };
const settingsSchema = z.object({ 'cgroup-parent': z.string().optional() });

/**
 * Finds the parent cgroup of the containers of an engine. The operator may have limited there what all of them use together.
 * @returns undefined when it cannot be determined
 */
export async function findParentGroup(
  enginePid: number,
  driver: keyof typeof usualParents,
): Promise<ParentGroup | undefined> {
  const args = (await readIfAlive(`/proc/${enginePid}/cmdline`)).split('\0');
  const given = optionIn(args, 'cgroup-parent') ?? (await parentInSettings(enginePid, args));
  if (given === undefined) return undefined;
  const parent = given === '' ? usualParents[driver] : given;
  if (driver === 'systemd') return isSlice(parent) ? { path: pathOfSlice(parent), slice: parent } : undefined;
  return /^(\/[\w:@-][\w.:@-]*)+$/.test(parent) ? { path: parent } : undefined;
}

function isSlice(name: string): boolean {
  return /^[\w:.@\\]+(-[\w:.@\\]+)*[.]slice$/.test(name);
}

/** A slice is in all whose names begin its own: `a-b.slice` in `a.slice`. */
function pathOfSlice(name: string): string {
  const parts = name.slice(0, -'.slice'.length).split('-');
  return `/${parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`).join('/')}`;
}

/** Empty: they say nothing of it. Undefined: they cannot be read. */
async function parentInSettings(enginePid: number, args: readonly string[]): Promise<string | undefined> {
  const file = optionIn(args, 'config-file') ?? usualFile;
  if (!file.startsWith('/')) return undefined;
  const text = await readIfAlive(join(`/proc/${enginePid}/root`, file));
  return text === '' ? '' : parentIn(text);
}

/** @param settings the text of a daemon.json, which may have been changed since its engine read it */
function parentIn(settings: string): string | undefined {
  const { data } = readJson(settings, settingsSchema);
  return data && (data['cgroup-parent'] ?? '');
}

/** Of a program that takes `--name=value` and `--name value`; the last one counts. */
function optionIn(args: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  const index = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  const found = args[index];
  return found === flag ? args[index + 1] : found?.slice(flag.length + 1);
}
