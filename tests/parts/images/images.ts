import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import { withFileLock } from '../processes/file-lock.ts';
import type { ImageArchives } from '../provided.ts';
import { makeBusyboxTree } from './busybox-tree.ts';
import { makeDebianTree } from './debian-tree.ts';
import { writeImageArchive } from './image-archive.ts';

/** Says what takes long. */
type Tell = (line: string) => void;

interface Recipe {
  readonly name: string;
  readonly command: readonly string[];
  /** Needed to fill the tree. */
  readonly program: string;
  readonly fill: (tree: string, program: string) => Promise<void>;
}

const alpine: Recipe = { name: 'alpine:latest', command: ['sh'], program: 'busybox', fill: makeBusyboxTree };
const python: Recipe = { name: 'python:3.9-slim', command: ['python3'], program: 'debootstrap', fill: makeDebianTree };

/** Stands on the layers of the one before. */
const rBase = { name: 'r-base:latest', command: ['R'] };

/** The archive of `alpine:latest`, made once per machine: no registry is asked. */
export function makeAlpineArchive(cacheDirectory: string, tell: Tell): Promise<string> {
  return makeOnce(cacheDirectory, alpine, tell);
}

/** The archive of `python:3.9-slim`, made once per machine from Debian's packages. */
export function makePythonArchive(cacheDirectory: string, tell: Tell): Promise<string> {
  return makeOnce(cacheDirectory, python, tell);
}

async function makeOnce(cacheDirectory: string, recipe: Recipe, tell: Tell): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true });
  const file = join(cacheDirectory, `${recipe.name.replaceAll(/\W+/g, '-')}.tar`);
  return withFileLock(`${file}.lock`, async () => {
    if (!existsSync(file)) await make(file, recipe, tell);
    return file;
  });
}

async function make(file: string, recipe: Recipe, tell: Tell): Promise<void> {
  const program = await findProgram(recipe.program, process.env.PATH ?? '');
  if (program === undefined) throw new Error(`${recipe.program} is needed to make the image ${recipe.name}`);
  tell(`Making ${file} for the image ${recipe.name}, once on this machine`);
  const tree = `${file}.tree`;
  await rm(tree, { recursive: true, force: true });
  await recipe.fill(tree, program);
  await writeImageArchive(file, { ...recipe, tree, labels: { 'exec-agent.tests': 'made locally' } });
  await rm(tree, { recursive: true });
}

/** Gives the engine those images that it has not from an earlier run. */
export async function loadImages(api: DockerApi, archives: Partial<ImageArchives>): Promise<void> {
  const present = new Set((await api.images()).flatMap((image) => image.RepoTags ?? []));
  if (archives.alpine !== undefined && !present.has(alpine.name)) await api.load(archives.alpine);
  if (archives.python === undefined) return;
  if (!present.has(python.name)) await api.load(archives.python);
  if (!present.has(rBase.name)) await api.derive(python.name, rBase.name, rBase.command);
}

/** Takes away what tests have built or pulled, so that each run begins alike. */
export async function removeOtherImages(api: DockerApi): Promise<void> {
  const ours = new Set([alpine.name, python.name, rBase.name]);
  for (const image of await api.images()) {
    const others = (image.RepoTags ?? []).filter((tag) => !ours.has(tag));
    const isOurs = image.RepoTags?.some((tag) => ours.has(tag)) === true;
    for (const name of isOurs ? others : [image.Id]) await api.remove(`/images/${name}`);
  }
}
