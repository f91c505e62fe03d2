import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ociWarmRootIn } from '../../src/runtimes/oci/oci-places.ts';

/** Whether a container waits for its command below the data directory of an agent with an OCI runtime. */
export async function ociWaits(dataDir: string): Promise<boolean> {
  const paths = await readdir(ociWarmRootIn(join(dataDir, 'work')), { recursive: true }).catch(() => []);
  return paths.some((path) => /\/containers\/warm-[^/]+\/pid$/.test(path));
}
