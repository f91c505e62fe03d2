import type { Collected, Failure } from '../wire/record/record.ts';
import type { ErrorCode } from '../wire/response/error-codes.ts';
import { plainText, type Sentence } from '../wire/sentence.ts';
import { listSome } from './select/list-some.ts';

/** Problems found while collecting output files. */
export interface Findings {
  fail(code: ErrorCode, message: Sentence): void;
  /** Reports a failure unless one with the same code was reported before. */
  failOnce(code: ErrorCode, message: Sentence): void;
  /** Reports a required pattern that matched no file. */
  miss(pattern: string, message: Sentence): void;
  /** Adds a pattern to `missing` when another failure explains the reason already. */
  addMissing(pattern: string): void;
  /** Notes a file that exists but is not returned; there is one warning per reason. */
  skip(path: string, reason: SkipReason): void;
  /** Notes a file in whose content secrets were hidden. */
  hide(path: string): void;
  warn(message: Sentence): void;
  report(): Pick<Collected, 'missing' | 'failures' | 'warnings'>;
}

export type SkipReason = 'special' | 'leads out' | 'odd name' | 'no room';

/** For what is no regular file. */
export function skipReasonOf({ links }: { readonly links?: 'inside' }): SkipReason {
  return links === 'inside' ? 'leads out' : 'special';
}

const reasons: Readonly<Record<SkipReason, string>> = {
  special: 'Not returned, because only regular files are and links are never followed',
  'leads out': 'Not returned, because only regular files are, and links to those in the same output directory',
  'odd name': 'Not returned, because their names are not UTF-8',
  'no room': 'Returned without content, because the answer would be too large (EXEC_MESSAGE_MAX)',
};

export function createFindings(): Findings {
  const failures: Failure[] = [];
  const missing: string[] = [];
  const warnings: Sentence[] = [];
  const hidden: string[] = [];
  const skipped: Record<SkipReason, Set<string>> = {
    special: new Set(),
    'leads out': new Set(),
    'odd name': new Set(),
    'no room': new Set(),
  };
  return {
    fail(code, message) {
      // Several patterns can cause the same failure; report it once.
      const text = plainText(message);
      if (!failures.some((failure) => plainText(failure.message) === text)) failures.push({ code, message });
    },
    failOnce(code, message) {
      if (!failures.some((failure) => failure.code === code)) failures.push({ code, message });
    },
    miss(pattern, message) {
      missing.push(pattern);
      failures.push({ code: 'OUTPUT_MISSING', message });
    },
    addMissing: (pattern) => void missing.push(pattern),
    skip: (path, reason) => void skipped[reason].add(path),
    hide: (path) => void hidden.push(path),
    warn: (message) => void warnings.push(message),
    report: () => ({ missing, failures, warnings: [...warnings, ...warningsOf(skipped), ...hiddenWarning(hidden)] }),
  };
}

function warningsOf(skipped: Readonly<Record<SkipReason, ReadonlySet<string>>>): string[] {
  const all: readonly SkipReason[] = ['special', 'leads out', 'odd name', 'no room'];
  return all.flatMap((reason) => {
    const paths = [...skipped[reason]];
    return paths.length === 0 ? [] : [`${reasons[reason]}: ${listSome(paths)}.`];
  });
}

function hiddenWarning(paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`Secrets were hidden in the returned content of ${listSome(paths)}.`];
}
