import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../processes/run-command.ts';

/** A layer that was packed. */
export interface PackedLayer {
  readonly file: string;
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string;
}

export interface ImageContent {
  /** `alpine:latest` */
  readonly name: string;
  /** The lowest layer. */
  readonly base?: PackedLayer;
  /** The directory that becomes the layer above. */
  readonly tree?: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Fields of the image's configuration, laid over the rest. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** Packs a directory. Times stay as they are: Python compiles a file again whose time differs from the one in its compiled form. */
export async function packLayer(tree: string, file: string): Promise<PackedLayer> {
  await runCommand('tar', '--sort=name', '--numeric-owner', '-C', tree, '-cf', file, '.');
  return readLayer(file);
}

export async function readLayer(file: string): Promise<PackedLayer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file, digest: hash.digest('hex') };
}

/** Writes an image as `docker save` would; the file appears whole or not at all. Needs room beside it for a second copy. */
export async function writeImageArchive(file: string, image: ImageContent): Promise<void> {
  const parts = `${file}.parts`;
  await mkdir(parts, { recursive: true });
  const { base, tree } = image;
  const upper = tree === undefined ? undefined : await packLayer(tree, join(parts, 'layer.tar'));
  const layers = [base, upper].filter((layer) => layer !== undefined);
  const names = layers.map((layer) => basename(layer.file));
  if (base !== undefined) await symlink(base.file, join(parts, basename(base.file)));
  const config = JSON.stringify(configOf(image, layers));
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(parts, configName), config);
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: names }];
  await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest));
  await runCommand('tar', '--dereference', '-C', parts, '-cf', `${file}.new`, 'manifest.json', configName, ...names);
  await rename(`${file}.new`, file);
  await rm(parts, { recursive: true });
}

function configOf(image: ImageContent, layers: readonly PackedLayer[]) {
  const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
  const created = new Date(0).toISOString();
  return {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created,
    config: {
      Cmd: image.command,
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Labels: image.labels,
      ...image.config,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    history: layers.map(() => ({ created, created_by: 'tests/parts' })),
  };
}
