import { readKernelFile } from '../../support/files/read-kernel-file.ts';

const mountPointField = 4;
const escaped = /[ \t\n\\]/;

/** The mount points at or below a directory, given by its real path (no links in it). */
export function findMountsBelow(directory: string): string[] {
  const table = readKernelFile('/proc/self/mountinfo') ?? '';
  // Nearly always there is none, and the table can be long.
  if (!escaped.test(directory) && !table.includes(directory)) return [];
  return mountPointsOf(table).filter((point) => point === directory || point.startsWith(`${directory}/`));
}

/** Whether something is mounted at or below a directory of that name, anywhere; the name has only letters, digits and dashes. */
export function isMountedBelowName(name: string): boolean {
  return (readKernelFile('/proc/self/mountinfo') ?? '').includes(name);
}

/** The kernel writes space, tab, newline and backslash in a mount point as three octal digits. */
export function mountPointsOf(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const point = line.split(' ')[mountPointField];
    return point === undefined
      ? []
      : [point.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))];
  });
}
