import { parseImageReference } from '../../support/names/image-reference.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { ImageScan } from '../../wire/scan.ts';
import { throwRefusal } from '../admit-plan.ts';
import type { Policy, ScanPolicy } from '../policy/policy.ts';
import { settlePolicy } from '../policy/settle-policy.ts';
import type { Scanner } from '../scan/create-scanner.ts';
import { judgeScan, judgeUnscanned, type ScanJudgement } from '../scan/judge-scan.ts';
import { Unscanned } from '../scan/run-scanner.ts';
import { judgeImage } from './judge-image.ts';

export interface ResolvedReference {
  readonly reference: string;
  readonly digest: string;
  /** A further digest that the engine knows it by. */
  readonly id?: string;
}

export interface ImageJudgement {
  readonly warnings: readonly string[];
  /** Absent: scanning is off. */
  readonly scan?: ImageScan;
}

export interface JudgeTools {
  readonly policy: Policy;
  readonly scanner: Scanner;
  /** The image's root filesystem as a directory; undefined where an engine has it. */
  readonly rootfs: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const hostName = 'host';

/**
 * Judges the very image that is to run, by the policy as it is now: its digest, then what a scanner finds in it.
 * @throws ExecError POLICY_DENIED
 */
export async function judgeResolved(
  plan: ExecutionPlan,
  image: ResolvedReference,
  tools: JudgeTools,
): Promise<ImageJudgement> {
  const { reference, digest, id } = image;
  const { settings } = settlePolicy(tools.policy, plan);
  const digests = id === undefined ? [digest] : [digest, id];
  if (reference !== hostName)
    throwRefusal(judgeImage({ reference: parseImageReference(reference), digests }, settings));
  if (settings.scan.mode === 'off') return { warnings: [] };
  const { scan, finding, warnings } = await scanImage(image, settings.scan, tools);
  throwRefusal([finding]);
  return { warnings, scan };
}

async function scanImage(
  { reference, digest, id = digest }: ResolvedReference,
  policy: ScanPolicy,
  { scanner, rootfs, clock, signal }: JudgeTools,
): Promise<ScanJudgement> {
  if (reference === hostName) return judgeUnscanned('"host" is this machine, not an image', policy);
  try {
    const report = await scanner.scan({ reference, digest, id, rootfs: await rootfs() }, signal);
    return judgeScan(report, policy, clock.now());
  } catch (error) {
    if (error instanceof Unscanned) return judgeUnscanned(error.message, policy);
    throw error;
  }
}
