import type { ImageScanRow } from '../../wire/http/images.ts';
import { severitySchema } from '../../wire/scan.ts';

/** `2 critical, 5 high`, the worst first. */
export function describeScan(scan: ImageScanRow | undefined): string {
  if (scan === undefined) return 'not scanned';
  const found = severitySchema.options.toReversed().flatMap((severity) => {
    const count = scan.counts[severity] ?? 0;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return found.join(', ') || 'none';
}
