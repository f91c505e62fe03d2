import type { ResolvedImage } from '../../runtimes/runtime.ts';
import { withDeadline } from '../../support/time/deadline.ts';
import type { Journey } from '../journey.ts';
import { pullTooSlow } from '../report/deadline-errors.ts';

/**
 * Pulls the image of every step and checks it against the policy. Returns one image per step, in order. From here on a step
 * runs the digest that was checked, even if its tag moves.
 */
export async function pullImages(
  { plan, tools, report, transcript }: Journey,
  parent: AbortSignal,
): Promise<readonly ResolvedImage[]> {
  const ms = tools.limits.pullMs;
  const images: ResolvedImage[] = [];
  for (const { image } of plan.steps) {
    const deadline = { ms, reason: () => pullTooSlow(image.reference, ms), parent };
    const ended = tools.trace?.begin('image', { 'exec_agent.image': image.reference });
    const resolved = await withDeadline(deadline, (signal) =>
      tools.runtime.images.ensure(image.reference, {
        pull: image.pull,
        signal,
        onProgress: (progress) => tools.observe({ kind: 'pull', progress }),
      }),
    ).finally(ended);
    const rootfs = async () => tools.runtime.images.rootfsOf?.(resolved);
    const { warnings, scan } = await tools.judgeImage(plan, resolved, { rootfs, signal: parent });
    report.warn(...warnings);
    if (scan !== undefined) report.scanned(scan);
    transcript.note(`image ${resolved.reference} is ${resolved.digest}`);
    report.usedImage(resolved.digest);
    images.push(resolved);
  }
  return images;
}
