import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../support/json.ts';
import { readIfAlive } from '../find-processes.ts';

// Where Docker Engines look when they are told nothing else.
const usualFile = '/etc/docker/daemon.json';
const usualParent = '/docker';
const settingsSchema = z.object({ 'cgroup-parent': z.string().optional() });

/**
 * The control group in which an engine makes those of its containers, below every hierarchy: whoever runs the engine may
 * have set what all of them may use together. Undefined: that cannot be made out.
 */
export async function findParentGroup(enginePid: number): Promise<string | undefined> {
  const args = (await readIfAlive(`/proc/${enginePid}/cmdline`)).split('\0');
  const parent = optionIn(args, 'cgroup-parent') ?? (await parentInSettings(enginePid, args));
  return parent !== undefined && /^(\/[\w:@-][\w.:@-]*)+$/.test(parent) ? parent : undefined;
}

async function parentInSettings(enginePid: number, args: readonly string[]): Promise<string | undefined> {
  const file = optionIn(args, 'config-file') ?? usualFile;
  if (!file.startsWith('/')) return undefined;
  const text = await readIfAlive(join(`/proc/${enginePid}/root`, file));
  return text === '' ? usualParent : parentIn(text);
}

/** @param settings the text of a daemon.json, which may have been changed since its engine read it */
function parentIn(settings: string): string | undefined {
  try {
    const { data } = settingsSchema.safeParse(parseJson(settings));
    return data && (data['cgroup-parent'] ?? usualParent);
  } catch {
    return undefined;
  }
}

/** Of a program that takes `--name=value` and `--name value`; the last one counts. */
function optionIn(args: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  const index = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  const found = args[index];
  return found === flag ? args[index + 1] : found?.slice(flag.length + 1);
}
