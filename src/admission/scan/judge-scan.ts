import type { ImageScan, Severity } from '../../wire/scan.ts';
import { severitySchema } from '../../wire/scan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Finding, ScanPolicy } from '../policy/policy.ts';
import type { Vulnerability } from './parse-report.ts';
import type { StoredScan } from './scan-store.ts';

export interface ScanJudgement {
  readonly scan: ImageScan;
  readonly finding: Finding;
  /** For the answer of an image that runs all the same. */
  readonly warnings: readonly string[];
}

const setting = 'scan';
const listedAtMost = 10;

/** What a report means by the policy of the day. */
export function judgeScan(report: StoredScan, policy: ScanPolicy, now: number): ScanJudgement {
  const { scanner, scannedAt, vulnerabilities } = report;
  const excepted = new Set(policy.exceptions.filter(({ until }) => now <= until).map(({ id }) => id));
  const above = vulnerabilities
    .filter(({ id, severity }) => rank(severity) >= rank(policy.severity) && !excepted.has(id))
    .toSorted((a, b) => rank(b.severity) - rank(a.severity));
  const facts = { scanner, scannedAt, counts: countsOf(vulnerabilities) };
  if (above.length === 0) {
    const says = `${scanner} found nothing of severity ${policy.severity} or more${excepted.size > 0 ? ' that has no exception' : ''}`;
    return { scan: { ...facts, verdict: 'passed' }, finding: { setting, verdict: 'passes', says }, warnings: [] };
  }
  const listed = above.slice(0, listedAtMost).map(describe);
  const more = above.length > listed.length ? ` and ${above.length - listed.length} more` : '';
  const says = sentence`${part('image')}: ${scanner} found ${listed.join(', ')}${more} in the image. The policy here allows nothing of severity ${policy.severity} or more. Use an image in which they are fixed, or ask the operator for exceptions.`;
  const denied = policy.mode === 'deny';
  const scan: ImageScan = {
    ...facts,
    verdict: denied ? 'denied' : 'warned',
    above: above.slice(0, listedAtMost).map(({ id }) => id),
  };
  if (denied) return { scan, finding: { setting, verdict: 'refuses', says }, warnings: [] };
  return {
    scan,
    finding: { setting, verdict: 'passes', says },
    warnings: [`${scanner} found ${listed.join(', ')}${more} in the image.`],
  };
}

/** An image that nobody could look at does not pass as one in which nothing was found. */
export function judgeUnscanned(reason: string, { unscannable }: ScanPolicy): ScanJudgement {
  const scan: ImageScan = { verdict: 'unscanned', reason };
  const says = sentence`${part('image')}: the image could not be scanned: ${reason}. The policy here allows only images that were.`;
  if (unscannable === 'deny') return { scan, finding: { setting, verdict: 'refuses', says }, warnings: [] };
  const warnings = [`The image was not scanned: ${reason}.`];
  return { scan, finding: { setting, verdict: 'passes', says: `the image could not be scanned: ${reason}` }, warnings };
}

export function countsOf(vulnerabilities: readonly Vulnerability[]): NonNullable<ImageScan['counts']> {
  const counts: Partial<Record<Severity, number>> = {};
  for (const { severity } of vulnerabilities) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

function rank(severity: Severity): number {
  return severitySchema.options.indexOf(severity);
}

function describe({ id, severity, package: name }: Vulnerability): string {
  return `${id} (${severity}${name === '' ? '' : `, ${name}`})`;
}
