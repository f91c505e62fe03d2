import type { ImageScanRow } from '../../wire/http/images.ts';
import { countsOf } from './judge-scan.ts';
import type { StoredScan } from './scan-store.ts';

/** What a scanner found, for lists of images. */
export function scanRow({ scanner, scannedAt, vulnerabilities }: StoredScan): ImageScanRow {
  return { scanner, scanned_at: new Date(scannedAt).toISOString(), counts: countsOf(vulnerabilities) };
}
