import { readKernelFile } from '../../support/files/read-kernel-file.ts';

const mountPointField = 4;

/** The mount points at or below a directory, given by its real path (no links in it). */
export function findMountsBelow(directory: string): string[] {
  const table = readKernelFile('/proc/self/mountinfo') ?? '';
  return mountPointsOf(table).filter((point) => point === directory || point.startsWith(`${directory}/`));
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
