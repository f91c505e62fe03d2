import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, readlink, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../support/exec-error.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { UnpackedImage } from '../oci-parts.ts';
import { workName } from '../work-name.ts';
import type { ImageIndex } from './image-index.ts';

/** The image name that means this machine's own programs. */
export const hostReference = 'host';

const layoutVersion = 1;
const directories = ['dev', 'etc', 'home', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp', 'usr', 'var/tmp'];
const writableByAll = ['tmp', 'var/tmp'];
// Links into /usr on most systems, directories on some.
const besideUsr = ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'];
// All that is shown of /etc, and no more: the rest tells about this machine, its users and their secrets.
const shownOfEtc = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
];
const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n';
const group = 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n';

/**
 * This machine as an image: an empty root with /usr shown read-only, the links that lead there, and little of /etc.
 * Its digest says which system it is (os-release, architecture), not what is installed on it.
 */
export async function makeHostImage(index: ImageIndex): Promise<UnpackedImage> {
  const digest = await hostDigest();
  const rootfs = join(index.directoryOf(`host-${digest}`), 'rootfs');
  const ownDirectories: string[] = [];
  const links = new Map<string, string>();
  for (const name of besideUsr) {
    const kind = await kindOf(`/${name}`);
    if (kind === 'link') links.set(name, await readlink(`/${name}`));
    if (kind === 'other') ownDirectories.push(name);
  }
  if ((await kindOf(rootfs)) === 'nothing') await makeRoot(index, rootfs, ownDirectories, links);

  const wanted = ['/usr', ...ownDirectories.map((name) => `/${name}`), ...shownOfEtc];
  const there = await Promise.all(wanted.map(async (path) => ({ path, ok: await exists(path) })));
  return {
    digest,
    config: {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
    },
    rootfs,
    users: { passwd, group },
    shown: new Map(there.flatMap(({ path, ok }) => (ok ? [[path, path] as const] : []))),
  };
}

async function hostDigest(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => 'unknown');
  const hash = createHash('sha256').update(`host image ${layoutVersion}\n${process.arch}\n${release}`);
  return `sha256:${hash.digest('hex')}`;
}

async function makeRoot(
  index: ImageIndex,
  rootfs: string,
  ownDirectories: readonly string[],
  links: ReadonlyMap<string, string>,
): Promise<void> {
  const work = join(index.incoming, await workName());
  const draft = join(work, 'rootfs');
  for (const name of [...directories, ...ownDirectories]) await mkdir(join(draft, name), { recursive: true });
  for (const name of writableByAll) await chmod(join(draft, name), 0o1777);
  for (const [name, target] of links) await symlink(target, join(draft, name));
  await writeFile(join(draft, 'etc/passwd'), passwd);
  await writeFile(join(draft, 'etc/group'), group);
  try {
    await mkdir(join(rootfs, '..'), { recursive: true, mode: 0o700 });
    await rename(draft, rootfs);
  } catch (error) {
    // Another process made the same meanwhile.
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await removeTree(work);
  }
}

async function kindOf(path: string): Promise<'nothing' | 'link' | 'other'> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
