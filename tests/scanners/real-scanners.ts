import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../parts/processes/run-command.ts';

interface Prepared {
  readonly program: string;
  /** An empty directory. */
  readonly cache: string;
}

interface RealScanner {
  readonly name: 'trivy' | 'grype';
  /** Gives it a database that knows two vulnerabilities of Debian 12; `make-databases/` made that. */
  prepare(given: Prepared): Promise<void>;
  /** What a shell runs for the image `$1`, with the database in `$cache`. */
  readonly commands: Readonly<Record<'docker' | 'oci', (program: string) => string>>;
}

const at = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const trivyFlags = '--quiet --format json --skip-db-update --skip-version-check --offline-scan --cache-dir "$cache"';
const grypeSettings =
  'GRYPE_DB_CACHE_DIR="$cache" GRYPE_DB_AUTO_UPDATE=false GRYPE_DB_VALIDATE_AGE=false GRYPE_CHECK_FOR_APP_UPDATE=false';

export const realScanners: readonly RealScanner[] = [
  {
    name: 'trivy',
    async prepare({ cache }) {
      await mkdir(join(cache, 'db'));
      await writeFile(join(cache, 'db/trivy.db'), gunzipSync(await readFile(at('trivy.db.gz'))));
      const [now, later] = [new Date().toISOString(), '2999-01-01T00:00:00Z'];
      const metadata = { Version: 2, UpdatedAt: now, DownloadedAt: now, NextUpdate: later };
      await writeFile(join(cache, 'db/metadata.json'), JSON.stringify(metadata));
    },
    commands: {
      docker: (program) => `exec ${program} image ${trivyFlags} "$1"`,
      oci: (program) => `exec ${program} rootfs ${trivyFlags} "$1"`,
    },
  },
  {
    name: 'grype',
    async prepare({ program, cache }) {
      await runCommand('env', `GRYPE_DB_CACHE_DIR=${cache}`, program, '--quiet', 'db', 'import', at('grype.tar.gz'));
    },
    commands: {
      docker: (program) => `${grypeSettings} exec ${program} --output json "docker:$1"`,
      oci: (program) => `${grypeSettings} exec ${program} --output json "dir:$1"`,
    },
  },
];
