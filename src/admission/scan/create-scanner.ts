import type { Clock } from '../../support/time/clock.ts';
import { shareWork } from '../../support/time/share-work.ts';
import { runScanner, type ScannerOptions, type ScanTarget, Unscanned } from './run-scanner.ts';
import type { ScanStore, StoredScan } from './scan-store.ts';

export interface Scanner {
  /**
   * What is known of an image, by running the scanner once for each digest; many who ask at the same time share one run.
   * @throws Unscanned, or the signal's reason
   */
  scan(target: ScanTarget, signal: AbortSignal): Promise<StoredScan>;
}

export interface ScannerParts extends Omit<ScannerOptions, 'command'> {
  /** Undefined: there is none. */
  readonly command: readonly string[] | undefined;
  readonly store: ScanStore;
  /** A report older than this is made anew, in milliseconds. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

export function createScanner({ command, store, maxAgeMs, clock, ...options }: ScannerParts): Scanner {
  const targets = new Map<string, ScanTarget>();
  const shared = shareWork<StoredScan, never>(async (digest, signal) => {
    const target = targets.get(digest);
    if (command === undefined || target === undefined) throw new Unscanned('there is no scanner (EXEC_SCAN_COMMAND)');
    const { scanner, vulnerabilities } = await runScanner(target, { ...options, command }, signal);
    const scan = { digest, scanner, scannedAt: clock.now(), vulnerabilities: [...vulnerabilities] };
    await store.keep(scan);
    return scan;
  });
  return {
    async scan(target, signal) {
      const known = await store.find(target.digest);
      if (known !== undefined && clock.now() - known.scannedAt < maxAgeMs) return known;
      targets.set(target.digest, target);
      return shared(target.digest, { signal });
    },
  };
}
