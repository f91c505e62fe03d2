import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { makePythonArchive } from '../parts/images/images.ts';
import { makeOnce } from '../parts/make-once.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { cacheDirectory } from '../parts/start-parts.ts';

export interface ProgramRecipe {
  readonly image: string;
  /** Of Debian. */
  readonly debian?: readonly string[];
  /** Of PyPI. */
  readonly packages: readonly string[];
  /** Installed although they ask for other versions of `packages`. */
  readonly loose?: readonly string[];
  /** By path. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface PythonPrograms {
  /** A root filesystem in which they are installed. */
  readonly root: string;
  /** Of an image with the same content. */
  readonly archive: string;
}

const library = 'usr/local/lib/python3.11/dist-packages';
const wheels = '/opt/wheels';
// What pip needs to reach its registry, as this host does.
const hostFiles = ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt'];
// Debian keeps its Python to itself, which is not needed in an image.
const pip = ['env', 'PIP_BREAK_SYSTEM_PACKAGES=1', 'PIP_ROOT_USER_ACTION=ignore', 'python3', '-m', 'pip'];

/** Debian with Python programs from their package registry: made once on this machine, and the same for host and jobs. */
export async function makePythonPrograms(recipe: ProgramRecipe): Promise<PythonPrograms> {
  const { image, debian = [], packages, loose = [], files = {} } = recipe;
  const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
  const name = `tes-${image.replaceAll(/\W+/g, '-')}-${digest}`;
  const directory = await makeOnce(join(cacheDirectory(), name), async (target) => {
    const root = join(target, 'root');
    await unpackDebian(target, root);
    for (const file of hostFiles) await copyFile(file, join(root, file));
    if (debian.length > 0) await installDebian(root, debian);
    const install = (...args: readonly string[]) => runCommand(...inRoot(root, '/', [...pip, ...args]));
    await runCommand('python3', '-m', 'pip', 'install', '-q', '--no-deps', '--target', join(root, library), 'pip');
    await install('wheel', '-q', '-w', wheels, 'pip', ...packages);
    if (loose.length > 0) await install('wheel', '-q', '-w', wheels, '--no-deps', ...loose);
    const local = ['-q', '--no-index', '--find-links', wheels];
    await install('install', ...local, '--force-reinstall', '--no-deps', 'pip');
    await install('install', ...local, ...packages);
    if (loose.length > 0) await install('install', ...local, '--no-deps', ...loose);
    for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
    await rm(join(root, 'etc/resolv.conf'));
    // Containers have no network beside that of the tests, so what jobs install comes from the image.
    const config = `[global]\nno-index = true\nfind-links = ${wheels}\n`;
    await writeFile(join(root, 'etc/pip.conf'), config);
    await writeImageArchive(join(target, 'image.tar'), { name: image, tree: root, command: ['sh'], labels: {} });
  });
  return { root: join(directory, 'root'), archive: join(directory, 'image.tar') };
}

async function unpackDebian(target: string, root: string): Promise<void> {
  const parts = join(target, 'parts');
  await mkdir(parts);
  await mkdir(root);
  await runCommand('tar', '-C', parts, '-xf', await makePythonArchive(cacheDirectory(), () => undefined));
  await runCommand('tar', '-C', root, '-xf', join(parts, 'layer.tar'));
  await rm(parts, { recursive: true });
}

async function installDebian(root: string, packages: readonly string[]): Promise<void> {
  const apt = (...args: readonly string[]) =>
    runCommand(...inRoot(root, '/', ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args]));
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...packages);
  await apt('clean');
}

/** A command that runs in a root filesystem, with the network of this host. */
export function inRoot(root: string, directory: string, command: readonly string[]): [string, ...(readonly string[])] {
  return ['unshare', '--mount', '--mount-proc', `--root=${root}`, `--wd=${directory}`, ...command];
}
