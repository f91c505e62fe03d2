import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';

// Nearly half of the tree, nothing that a test runs, and nothing that tells about the machine it was made on.
const unneeded = [
  ...['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/R/doc'],
  ...['etc/resolv.conf', 'etc/hostname'],
];
const caches = ['var/cache/apt', 'var/lib/apt/lists', 'var/log'];

/** Fills a directory with Debian, Python 3 with requests, and R, about 240 MB; takes a minute and needs Debian's mirror and root. */
export async function makeDebianTree(tree: string, debootstrap: string): Promise<void> {
  const packages = '--include=python3,python3-requests,ca-certificates,r-base-core';
  // What debootstrap mounts in the tree goes with its mount namespace, however it ends.
  await runCommand('unshare', '--mount', debootstrap, '--variant=minbase', packages, 'bookworm', tree);
  for (const path of unneeded) await rm(join(tree, path), { recursive: true, force: true });
  for (const directory of caches) await removeContent(join(tree, directory));
  // The image that it stands for calls it so.
  await symlink('python3', join(tree, 'usr/bin/python'));
}

async function removeContent(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
}
