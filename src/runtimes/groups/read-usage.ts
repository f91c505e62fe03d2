import { join } from 'node:path';
import { readKernelFile } from '../../support/files/read-kernel-file.ts';
import type { Exit } from '../../wire/record/record.ts';
import type { GroupLayout } from './group-layout.ts';

export type Usage = NonNullable<Exit['usage']>;

/** Where a file of a group is, in the hierarchy of that controller. */
export type PlaceOf = (controller: 'memory' | 'cpuacct', ...file: string[]) => string;

/** @param path of the group, below every hierarchy */
export function placeOf(layout: GroupLayout, path: string): PlaceOf {
  if (layout.kind === 'v2') return (_, ...file) => join(layout.root, path, ...file);
  return (controller, ...file) => join(layout.controllers.get(controller) ?? '/nonexistent', path, ...file);
}

/** What was used in a group and in all that were ever below it; undefined when it is gone, as after a reboot. */
export function readUsage(layout: GroupLayout, path: string): Usage | undefined {
  const at = placeOf(layout, path);
  return layout.kind === 'v2' ? readUnifiedUsage(at) : readFirstUsage(at);
}

function readFirstUsage(at: PlaceOf): Usage | undefined {
  const files = [at('cpuacct', 'cpuacct.usage'), at('memory', 'memory.max_usage_in_bytes')];
  const [cpu, peak] = files.map(readKernelFile);
  if (cpu === undefined || peak === undefined) return undefined;
  return { cpuSeconds: Number(cpu) / 1e9, memoryPeakBytes: Number(peak) };
}

function readUnifiedUsage(at: PlaceOf): Usage | undefined {
  const files = ['cpu.stat', 'memory.peak'].map((file) => at('memory', file));
  const [cpu, peak] = files.map(readKernelFile);
  if (cpu === undefined) return undefined;
  const cpuSeconds = valueIn(cpu, 'usage_usec') / 1e6;
  // Kernels before 5.19 do not tell.
  return peak === undefined ? { cpuSeconds } : { cpuSeconds, memoryPeakBytes: Number(peak) };
}

/**
 * How often the kernel has ended a process for memory in a group and in all that were ever below it; undefined on v1, whose
 * counter stays at 0 on some kernels (6.18), and when it is gone.
 */
export function readMemoryKills(layout: GroupLayout, path: string): number | undefined {
  if (layout.kind === 'v1') return undefined;
  const events = readKernelFile(join(layout.root, path, 'memory.events'));
  return events === undefined ? undefined : valueIn(events, 'oom_kill');
}

/** Of a file of lines that each have a name and a number; 0 where there is no such name. */
function valueIn(text: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
