import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { longestDocument, readDocument } from '../../registries/read-document.ts';
import { type ImageConfig, imageConfigSchema } from '../image/image-config.ts';

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const indexSchema = z.object({ manifests: z.array(z.object({ digest: digestSchema })).min(1) });
const manifestSchema = z.object({ config: z.object({ digest: digestSchema }) });

export interface LayoutImage {
  /** Of the configuration, which names every layer by its content: Docker calls it the image's id. */
  readonly digest: string;
  readonly config: ImageConfig;
}

/**
 * Reads the one image of an OCI layout directory.
 * @throws ExecError IMAGE_PULL_FAILED naming the part of the image that cannot be read
 */
export async function readOciLayout(layout: string): Promise<LayoutImage> {
  const index = await readPart(join(layout, 'index.json'), indexSchema);
  const manifest = await readPart(blobOf(layout, index.manifests[0]?.digest ?? ''), manifestSchema);
  const { digest } = manifest.config;
  return { digest, config: await readPart(blobOf(layout, digest), imageConfigSchema) };
}

function blobOf(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'));
}

// An image is what a stranger has pushed to a registry.
async function readPart<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const { size } = await stat(path);
  const { data, problem } =
    size > longestDocument
      ? { problem: `it has ${size} bytes` }
      : await readDocument(await readFile(path, 'utf8'), schema);
  if (problem === undefined) return data;
  throw new ExecError('IMAGE_PULL_FAILED', `The image cannot be used: ${basename(path)} is invalid (${problem}).`);
}
