import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ImageConfig, imageConfigSchema } from './image-config.ts';

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const indexSchema = z.object({ manifests: z.array(z.object({ digest: digestSchema })).min(1) });
const manifestSchema = z.object({ config: z.object({ digest: digestSchema }) });

export interface LayoutImage {
  /** Of the configuration, which names every layer by its content: Docker calls it the image's id. */
  readonly digest: string;
  readonly config: ImageConfig;
}

/** Reads the one image of an OCI layout directory. */
export async function readOciLayout(layout: string): Promise<LayoutImage> {
  const index = indexSchema.parse(JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')));
  const manifest = manifestSchema.parse(await readBlob(layout, index.manifests[0]?.digest ?? ''));
  const { digest } = manifest.config;
  return { digest, config: imageConfigSchema.parse(await readBlob(layout, digest)) };
}

async function readBlob(layout: string, digest: string): Promise<unknown> {
  return JSON.parse(await readFile(join(layout, 'blobs', ...digest.split(':')), 'utf8'));
}
