import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../../support/exec-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { imageConfigSchema } from './image-config.ts';

const referenceSchema = z.object({
  reference: z.string(),
  familiar: z.string(),
  /** Of the configuration: what the store knows the image by. */
  digest: z.string(),
  /** Of the manifest: what the registry knows it by; absent: it came from somewhere else. */
  registryDigest: z.string().optional(),
});
const imageSchema = z.object({ digest: z.string(), sizeBytes: z.number(), config: imageConfigSchema });

export type ReferenceEntry = z.infer<typeof referenceSchema>;
export type ImageEntry = z.infer<typeof imageSchema>;

/**
 * What the image store holds, on disk. Each entry is a file of its own that appears whole, so that several processes
 * can share a store without a lock.
 */
export interface ImageIndex {
  /** Work in progress; on the same file system, so that the result can be renamed. */
  readonly incoming: string;
  rootfsOf(digest: string): string;
  directoryOf(digest: string): string;
  reference(canonical: string): Promise<ReferenceEntry | undefined>;
  references(): Promise<readonly ReferenceEntry[]>;
  remember(entry: ReferenceEntry): Promise<void>;
  forget(canonical: string): Promise<void>;
  image(digest: string): Promise<ImageEntry | undefined>;
  images(): Promise<readonly ImageEntry[]>;
  /** Notes that the image is used now; false when it is not here. */
  touch(digest: string, now: number): Promise<boolean>;
  /** Epoch milliseconds. */
  lastUse(digest: string): Promise<number>;
}

export const imageFileName = 'image.json';

export function openImageIndex(directory: string): ImageIndex {
  const incoming = join(directory, 'incoming');
  const unpacked = join(directory, 'unpacked');
  const references = join(directory, 'references');
  const directoryOf = (digest: string) => join(unpacked, digest.replace(':', '-'));
  const imageFile = (digest: string) => join(directoryOf(digest), imageFileName);
  const referenceFile = (canonical: string) =>
    join(references, `${createHash('sha256').update(canonical).digest('hex')}.json`);

  return {
    incoming,
    directoryOf,
    rootfsOf: (digest) => join(directoryOf(digest), 'rootfs'),
    reference: (canonical) => readEntry(referenceFile(canonical), referenceSchema),
    async references() {
      const names = (await namesIn(references)).filter((name) => name.endsWith('.json'));
      return present(await Promise.all(names.map((name) => readEntry(join(references, name), referenceSchema))));
    },
    async remember(entry) {
      await mkdir(references, { recursive: true, mode: 0o700 });
      const draft = join(references, randomUUID());
      await writeFile(draft, JSON.stringify(entry));
      await rename(draft, referenceFile(entry.reference));
    },
    forget: (canonical) => rm(referenceFile(canonical), { force: true }),
    image: (digest) => readEntry(imageFile(digest), imageSchema),
    async images() {
      const names = await namesIn(unpacked);
      return present(
        await Promise.all(names.map((name) => readEntry(join(unpacked, name, imageFileName), imageSchema))),
      );
    },
    async touch(digest, now) {
      try {
        await utimes(imageFile(digest), now / 1000, now / 1000);
        return true;
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return false;
        throw error;
      }
    },
    async lastUse(digest) {
      return (await stat(imageFile(digest))).mtimeMs;
    },
  };
}

async function readEntry<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    // Another process removed it between two looks.
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function present<T>(entries: readonly (T | undefined)[]): readonly T[] {
  return entries.filter((entry) => entry !== undefined);
}
