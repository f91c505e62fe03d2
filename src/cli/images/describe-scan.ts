import { countsOf } from '../../admission/scan/judge-scan.ts';
import type { StoredScan } from '../../admission/scan/scan-store.ts';
import type { Config } from '../../agent/config/config-schema.ts';
import { openScans } from '../../agent/open/open-gate.ts';
import { severitySchema } from '../../wire/scan.ts';

/** What scanners have found in these images so far, by digest. */
export async function scansOf(
  images: readonly { readonly digest: string }[],
  config: Pick<Config, 'dataDir'>,
): Promise<ReadonlyMap<string, StoredScan>> {
  const store = openScans(config);
  const found = await Promise.all(images.map(({ digest }) => store.find(digest)));
  return new Map(found.filter((scan) => scan !== undefined).map((scan) => [scan.digest, scan]));
}

/** `2 critical, 5 high`, the worst first. */
export function describeScan(scan: StoredScan | undefined): string {
  if (scan === undefined) return 'not scanned';
  const counts = countsOf(scan.vulnerabilities);
  const told = severitySchema.options.toReversed().flatMap((severity) => {
    const count = counts[severity] ?? 0;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return told.join(', ') || 'none';
}

export function scanRow({ scanner, scannedAt, vulnerabilities }: StoredScan) {
  return { scanner, scanned_at: new Date(scannedAt).toISOString(), counts: countsOf(vulnerabilities) };
}
