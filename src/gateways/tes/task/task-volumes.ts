import { posix } from 'node:path';
import type { Input, Volume } from '../../../wire/plan/plan.ts';
import { invalidField } from '../../message/request/invalid-request.ts';
import type { PlacedTask } from './place-task.ts';
import { controlPath, isBelowAny, isEssential, isKept, mayHoldFiles } from './task-paths.ts';

export interface TaskVolumes {
  readonly volumes: readonly Volume[];
  readonly scratch: readonly string[];
  /** Directories below volumes that have to exist from the beginning. */
  readonly directories: readonly Input[];
}

interface Directory {
  readonly path: string;
  readonly origin: string;
}

/**
 * The directories that the executors of a task share. One that lies in another is a part of it, so that files can be
 * moved between them. Of a directory that the image needs, only the inputs are mounted.
 * @throws ExecError INVALID_REQUEST for an output in such a directory
 */
export function volumesOf(task: PlacedTask): TaskVolumes {
  const shared = [...wholeDirectories(task)];
  const whole = new Set(shared.map(({ path }) => path));
  const single = new Map<string, Set<string>>();
  for (const { path, origin, type } of task.inputs) {
    if (type === 'DIRECTORY') continue;
    const directory = posix.dirname(path);
    // What lies above a directory of the image is one too, so directories of other inputs need not be looked at.
    if (whole.has(directory) || isBelowAny(directory, whole) || !mayHoldFiles(directory)) {
      shared.push({ path: directory, origin });
      continue;
    }
    if (madeByRuntime.includes(path))
      throw invalidField(origin, path, 'is a file that the runtime makes. Use another path.');
    const files = single.get(directory);
    if (files === undefined) single.set(directory, new Set([posix.basename(path)]));
    else files.add(posix.basename(path));
  }
  const all = new Set(shared.map(({ path }) => path));
  const outer = new Set([...all].filter((path) => !isBelowAny(path, all)));
  const inner = shared.filter(({ path }) => !outer.has(path));
  return {
    volumes: [
      ...[...outer].map((path): Volume => ({ path, access: 'read-write' })),
      ...[...single].map(([path, files]): Volume => ({ path, access: 'read-only', files: [...files] })),
      ...(task.hasStreams ? [{ path: controlPath, access: 'read-only' } as const] : []),
    ],
    scratch: outer.has('/tmp') ? [] : ['/tmp'],
    directories: [...new Map(inner.map((each) => [each.path, each])).values()].map(({ path, origin }): Input => {
      return { kind: 'directory', origin, path };
    }),
  };
}

const madeByRuntime: readonly string[] = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

function* wholeDirectories({ inputs, outputs, streams, volumes }: PlacedTask): Generator<Directory> {
  for (const { path, origin, type } of inputs) if (type === 'DIRECTORY') yield named(path, origin);
  for (const { root, origin, type } of outputs)
    yield type === 'DIRECTORY' ? named(root, origin) : written(root, origin);
  for (const { path, origin } of streams) yield written(posix.dirname(path), origin);
  for (const { path, origin } of volumes) yield named(path, origin);
}

/** One that the task itself names. */
function named(path: string, origin: string): Directory {
  if (!isEssential(path)) return { path, origin };
  throw invalidField(origin, path, 'holds the programs of the image. Use a directory of its own, such as /data.');
}

/** One in which the task writes a file. */
function written(path: string, origin: string): Directory {
  if (!isKept(path)) return { path, origin };
  throw invalidField(
    origin,
    path,
    'is a directory of the image, from which no output is collected. Write to a directory such as /outputs.',
  );
}
