import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { makePythonArchive } from '../parts/images/images.ts';
import { makeOnce } from '../parts/make-once.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { cacheDirectory } from '../parts/start-parts.ts';

const packages = ['snakemake==9.27.1', 'snakemake-executor-plugin-tes==0.1.3', 'snakemake-storage-plugin-s3==0.3.6'];

export const snakemakeVersion = 'snakemake 9.27.1, snakemake-executor-plugin-tes 0.1.3';

export interface Snakemake {
  readonly program: string;
  /** Of an image with the same Snakemake, for its jobs. */
  readonly archive: string;
}

/** Made once on this machine, from the package registry; needs Python 3.11, as the image has it. */
export async function makeSnakemake(reference: string): Promise<Snakemake> {
  const name = `tes-${reference.replaceAll(/\W+/g, '-')}`;
  const directory = await makeOnce(join(cacheDirectory(), name), async (target) => {
    const environment = join(target, 'environment');
    await runCommand('python3', '-m', 'venv', '--copies', environment);
    await runCommand(join(environment, 'bin/python'), '-m', 'pip', 'install', '-q', ...packages);
    await makeArchive(target, environment, reference);
  });
  return { program: join(directory, 'environment/bin/python'), archive: join(directory, 'image.tar') };
}

async function makeArchive(target: string, environment: string, reference: string): Promise<void> {
  const [parts, tree] = [join(target, 'parts'), join(target, 'tree')];
  await mkdir(parts);
  await mkdir(tree);
  await runCommand('tar', '-C', parts, '-xf', await makePythonArchive(cacheDirectory(), () => undefined));
  await runCommand('tar', '-C', tree, '-xf', join(parts, 'layer.tar'));
  const library = join(tree, 'usr/local/lib/python3.11/dist-packages');
  await mkdir(library, { recursive: true });
  await cp(join(environment, 'lib/python3.11/site-packages'), library, { recursive: true });
  // Jobs install the storage plugin, which the image has.
  await writeFile(join(tree, 'usr/local/bin/pip'), '#!/bin/sh\n', { mode: 0o755 });
  await writeImageArchive(join(target, 'image.tar'), { name: reference, tree, command: ['sh'], labels: {} });
  await rm(parts, { recursive: true });
  await rm(tree, { recursive: true });
}
