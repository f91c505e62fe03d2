import { join } from 'node:path';
import { canAccess } from '../../support/files/can-access.ts';

/** Where this machine's control groups are mounted. */
export type GroupLayout =
  | {
      readonly kind: 'v1';
      /** Controller (`memory`) → mount point. */
      readonly controllers: ReadonlyMap<string, string>;
      /** The mount point of every hierarchy in which an engine makes groups: named ones and the v2 one too. */
      readonly mounts: readonly string[];
      /** The v2 mount beside them (systemd's "hybrid" layout). */
      readonly unified?: string;
    }
  | { readonly kind: 'v2'; readonly root: string };

interface CgroupMount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

// Where no control groups are mounted, making one there fails with a message that names the place.
const usualRoot = '/sys/fs/cgroup';

/** Reads the text of /proc/self/mountinfo. Memory decides: where a v1 hierarchy has it, limits are set there. */
export function parseGroupLayout(mountinfo: string): GroupLayout {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const unified = mounts.find(({ type }) => type === 'cgroup2')?.point;
  const first = mounts.filter(({ type }) => type === 'cgroup');
  const controllers = new Map(first.flatMap(({ point, options }) => options.map((option) => [option, point] as const)));
  if (controllers.has('memory')) {
    const all = mounts.map(({ point }) => point);
    const v1 = { kind: 'v1', controllers, mounts: [...new Set(all)] } as const;
    return unified === undefined ? v1 : { ...v1, unified };
  }
  return { kind: 'v2', root: unified ?? usualRoot };
}

/** The mount points below which a group can be: every hierarchy has its own directory of it, made and removed apart. */
export function hierarchiesOf(layout: GroupLayout): readonly string[] {
  return layout.kind === 'v2' ? [layout.root] : layout.mounts;
}

/** Without swap accounting v1 has no limit for memory and swap together, and setting one fails. */
export async function swapIsCounted(layout: GroupLayout): Promise<boolean> {
  if (layout.kind === 'v2') return true;
  const { controllers } = layout;
  return canAccess(join(controllers.get('memory') ?? '', 'memory.memsw.limit_in_bytes'));
}

function parseMount(line: string): CgroupMount[] {
  const [left = '', right = ''] = line.split(' - ');
  const point = left.split(' ')[4];
  const [type = '', , options = ''] = right.split(' ');
  if (point === undefined || !type.startsWith('cgroup')) return [];
  return [{ point: unescapeOctal(point), type, options: options.split(',') }];
}

/** The kernel writes blanks in paths as `\040`. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
