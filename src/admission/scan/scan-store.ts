import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../support/exec-error.ts';
import { vulnerabilitySchema } from './parse-report.ts';

const storedSchema = z.object({
  digest: z.string(),
  scanner: z.string(),
  /** Epoch milliseconds. */
  scannedAt: z.number(),
  vulnerabilities: z.array(vulnerabilitySchema),
});

export type StoredScan = z.infer<typeof storedSchema>;

/** Reports by digest, each a file of its own: what was found is kept, what it means is for the policy of the day. */
export interface ScanStore {
  find(digest: string): Promise<StoredScan | undefined>;
  keep(scan: StoredScan): Promise<void>;
}

export function openScanStore(directory: string): ScanStore {
  const fileOf = (digest: string) => join(directory, `${digest.replaceAll(/[^a-z0-9]+/g, '-')}.json`);
  return {
    async find(digest) {
      try {
        return storedSchema.parse(JSON.parse(await readFile(fileOf(digest), 'utf8')));
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async keep(scan) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const draft = join(directory, `${randomUUID()}.draft`);
      await writeFile(draft, JSON.stringify(scan));
      await rename(draft, fileOf(scan.digest));
    },
  };
}
