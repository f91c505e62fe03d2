import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';

const directories = [
  'bin',
  'dev',
  'etc',
  'home',
  'proc',
  'root',
  'sys',
  'tmp',
  'usr/bin',
  'usr/lib',
  'usr/local/bin',
  'var/tmp',
];

/** Fills a directory with a system that is busybox and nothing else, about 2 MB. */
export async function makeBusyboxTree(tree: string, busybox: string): Promise<void> {
  for (const directory of directories) await mkdir(join(tree, directory), { recursive: true });
  for (const directory of ['tmp', 'var/tmp']) await chmod(join(tree, directory), 0o1777);
  await copyFile(busybox, join(tree, 'bin/busybox'));
  await chmod(join(tree, 'bin/busybox'), 0o755);
  const applets = (await runCommand(busybox, '--list')).trim().split('\n');
  // A link from busybox to itself would hide the program behind a loop.
  for (const applet of applets.filter((name) => name !== 'busybox'))
    await symlink('busybox', join(tree, 'bin', applet));
  // Where scripts expect it.
  await symlink('/bin/busybox', join(tree, 'usr/bin/env'));
  await writeFile(
    join(tree, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(tree, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
}
