import { describe, inject } from 'vitest';
import type { TestPart } from './provided.ts';

/**
 * A suite that needs parts of the machine. Where one is missing the suite is skipped and its title says why;
 * with `CI=true` or `EXEC_TEST_REQUIRE=all` the run has already failed by then.
 */
export function describeWith(parts: TestPart | readonly TestPart[], title: string, suite: () => void): void {
  const reason = whyMissing([parts].flat());
  if (reason === undefined) describe(title, suite);
  else describe.skip(`${title} (skipped: ${reason})`, suite);
}

function whyMissing(parts: readonly TestPart[]): string | undefined {
  const missing = inject('missingParts');
  return parts.map((part) => missing[part]).find((reason) => reason !== undefined);
}
