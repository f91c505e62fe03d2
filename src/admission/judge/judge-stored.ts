import { parseImageReference } from '../../support/names/image-reference.ts';
import type { Sentence } from '../../wire/sentence.ts';
import type { Policy } from '../policy/policy.ts';
import { settlePolicy } from '../policy/settle-policy.ts';
import { judgeScan } from '../scan/judge-scan.ts';
import type { StoredScan } from '../scan/scan-store.ts';
import { judgeImage } from './judge-image.ts';

export interface KnownImage {
  readonly references: readonly string[];
  readonly digest: string;
  /** Absent: it was not scanned. */
  readonly scan: StoredScan | undefined;
}

export interface RefusedName {
  readonly reference: string;
  readonly says: Sentence;
}

/**
 * The names of an image that the policy, as it is now, does not let a tenant run: by their patterns, and by what a scanner
 * found. Without a report of a scanner nothing is refused: the image is scanned before it runs.
 */
export function judgeStored(
  { references, digest, scan }: KnownImage,
  { policy, tenant, now }: { readonly policy: Policy; readonly tenant: string; readonly now: number },
): readonly RefusedName[] {
  const { settings } = settlePolicy(policy, { tenant, tags: {} });
  const scanned =
    scan === undefined || settings.scan.mode === 'off' ? [] : [judgeScan(scan, settings.scan, now).finding];
  return references.flatMap((reference) => {
    const byName = judgeImage({ reference: parseImageReference(reference), digests: [digest] }, settings);
    const refusal = [...byName, ...scanned].find(({ verdict }) => verdict === 'refuses');
    return refusal === undefined ? [] : [{ reference, says: refusal.says }];
  });
}
