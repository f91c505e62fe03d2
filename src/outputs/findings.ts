import type { ErrorCode } from '../wire/error-codes.ts';
import type { Collected, Failure } from '../wire/record.ts';
import { listSome } from './list-some.ts';

/** What a collection has to say besides its files. */
export interface Findings {
  fail(code: ErrorCode, message: string): void;
  /** Says the same trouble in other words, so only when nothing with that code was said before. */
  failUnlessSaid(code: ErrorCode, message: string): void;
  /** A required pattern that nothing matched. */
  miss(pattern: string, message: string): void;
  /** The same when a failure tells why already. */
  missToo(pattern: string): void;
  /** Something that is there and is not returned; all of them become one warning per kind of reason. */
  skip(path: string, reason: SkipReason): void;
  /** A file in whose content secrets were hidden. */
  hide(path: string): void;
  warn(message: string): void;
  report(): Pick<Collected, 'missing' | 'failures' | 'warnings'>;
}

export type SkipReason = 'special' | 'odd name' | 'no room';

const reasons: Readonly<Record<SkipReason, string>> = {
  special: 'Not returned, because only regular files are and links are never followed',
  'odd name': 'Not returned, because their names are not UTF-8',
  'no room': 'Returned without content, because the answer would be too large (EXEC_MESSAGE_MAX)',
};

export function createFindings(): Findings {
  const failures: Failure[] = [];
  const missing: string[] = [];
  const warnings: string[] = [];
  const hidden: string[] = [];
  const skipped: Record<SkipReason, Set<string>> = { special: new Set(), 'odd name': new Set(), 'no room': new Set() };
  return {
    fail(code, message) {
      // Several patterns can meet the same trouble; it is told once.
      if (!failures.some((failure) => failure.message === message)) failures.push({ code, message });
    },
    failUnlessSaid(code, message) {
      if (!failures.some((failure) => failure.code === code)) failures.push({ code, message });
    },
    miss(pattern, message) {
      missing.push(pattern);
      failures.push({ code: 'OUTPUT_MISSING', message });
    },
    missToo: (pattern) => void missing.push(pattern),
    skip: (path, reason) => void skipped[reason].add(path),
    hide: (path) => void hidden.push(path),
    warn: (message) => void warnings.push(message),
    report: () => ({ missing, failures, warnings: [...warnings, ...warningsOf(skipped), ...hiddenWarning(hidden)] }),
  };
}

function warningsOf(skipped: Readonly<Record<SkipReason, ReadonlySet<string>>>): string[] {
  const all: readonly SkipReason[] = ['special', 'odd name', 'no room'];
  return all.flatMap((reason) => {
    const paths = [...skipped[reason]];
    return paths.length === 0 ? [] : [`${reasons[reason]}: ${listSome(paths)}.`];
  });
}

function hiddenWarning(paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`Secrets were hidden in the returned content of ${listSome(paths)}.`];
}
