import type { SandboxSpec, StepSpec } from '../../src/runtimes/runtime.ts';
import type { PrivatePlace } from './private-place.ts';

/** Where the volumes of a sandbox are in its place. */
export function volumesIn({ directory }: PrivatePlace, { volumes }: SandboxSpec): ReadonlyMap<string, string> {
  return new Map(volumes.map(({ path }, index) => [path, `${directory}/volume-${index}`]));
}

/** A root filesystem in memory, with the scratch places and volumes of the sandbox mounted in it. */
export async function mountBox(
  place: PrivatePlace,
  { spec, step, tree, index }: { spec: SandboxSpec; step: StepSpec['step']; tree: string; index: number },
): Promise<string> {
  const root = `${place.directory}/root-${index}`;
  const size = `size=${spec.resources.scratchBytes}`;
  const roots = volumesIn(place, spec);
  const scratch = [...spec.scratch].sort();
  await place.run(
    [
      `mkdir ${root}`,
      `mount -t tmpfs -o mode=755,${size} none ${root}`,
      `cp -a ${tree}/. ${root}`,
      `mount --rbind /dev ${root}/dev`,
      ...scratch.flatMap((path) => [
        `mkdir -p ${root}${path}`,
        `mount -t tmpfs -o mode=1777,${size} none ${root}${path}`,
      ]),
      ...spec.volumes.flatMap(({ path, access }) => [
        `mkdir -p ${root}${path}`,
        `mount --bind ${roots.get(path)} ${root}${path}`,
        ...(access === 'read-only' ? [`mount -o remount,bind,ro ${root}${path}`] : []),
      ]),
      ...(step.readOnlyRoot ? [`mount -o remount,ro ${root}`] : []),
    ].join('\n'),
  );
  return root;
}

/** The command of a step, as a process whose root is the box. */
export function startInBox(
  place: PrivatePlace,
  root: string,
  { command = [], entrypoint = [], ...step }: StepSpec['step'],
) {
  const user = step.user === undefined ? [] : [`--userspec=${step.user}`];
  const enter = ['/bin/sh', '-c', 'cd "$0" && exec "$@"', step.workingDir ?? '/'];
  const env = { ...step.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  return place.start('chroot', [...user, root, ...enter, ...entrypoint, ...command], env);
}
