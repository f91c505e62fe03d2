import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../processes/run-command.ts';

export interface ImageContent {
  /** `alpine:latest` */
  readonly name: string;
  /** The directory that becomes the one layer. */
  readonly tree: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Fields of the image's configuration, laid over the rest. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes an image as `docker save` would; the file appears whole or not at all. Needs room beside it for a second copy. */
export async function writeImageArchive(file: string, image: ImageContent): Promise<void> {
  const parts = `${file}.parts`;
  await mkdir(parts, { recursive: true });
  const layer = join(parts, 'layer.tar');
  // Times stay as they are: Python compiles a file again whose time differs from the one in its compiled form.
  await runCommand('tar', '--sort=name', '--numeric-owner', '-C', image.tree, '-cf', layer, '.');
  const config = JSON.stringify(configOf(image, await sha256Of(layer)));
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(parts, configName), config);
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: ['layer.tar'] }];
  await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest));
  await runCommand('tar', '-C', parts, '-cf', `${file}.new`, 'manifest.json', configName, 'layer.tar');
  await rename(`${file}.new`, file);
  await rm(parts, { recursive: true });
}

function configOf(image: ImageContent, layerDigest: string) {
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
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created, created_by: 'tests/parts' }],
  };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
