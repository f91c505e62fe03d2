import { constants } from 'node:os';
import { ExecError } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { StepEnd, StepState } from '../../../wire/pod/pod.ts';
import type { PodLine } from '../keep/pod-line.ts';
import { disruptionOf } from '../pods/pod-schema.ts';

const { SIGTERM, SIGKILL } = constants.signals;
const lookMs = 100;
/** Keep gets the signal to end when the command does, and the kubelet reports why a moment later. */
const looks = { forSignal: 10, forReason: 10 };

/** Why others ended the pod of a command that did not end well; undefined: they did not. */
export async function findDisruption(
  { code, signal }: Extract<StepEnd, { kind: 'exited' }>,
  state: () => Promise<StepState>,
  line: Pick<PodLine, 'pod' | 'refresh' | 'readEviction'>,
): Promise<string | undefined> {
  const isLikely = [SIGTERM, SIGKILL].includes(signal ?? (code ?? 0) - 128);
  const isEnding = async (): Promise<boolean> => {
    // A pod that does not answer any more is ending.
    for (let look = 0; look < (isLikely ? looks.forSignal : 1); look += 1) {
      if ((await state().catch(() => undefined))?.isEnding !== false) return true;
      await delay(look === 0 && !isLikely ? 0 : lookMs);
    }
    return false;
  };
  if (!(await isEnding())) return undefined;
  const never = new AbortController().signal;
  for (let look = 0; look < looks.forReason; look += 1) {
    // The watch may be behind.
    const pod = look === 0 ? line.pod() : await line.refresh(never).catch(() => line.pod());
    const found = pod === undefined ? 'it was deleted' : disruptionOf(pod);
    if (found !== undefined) return found;
    const eviction = await line.readEviction(never);
    if (eviction !== undefined) return eviction;
    await delay(lookMs * (look + 1));
  }
  return 'no reason is given';
}

/** The kubelet evicts a pod that writes more to disk than it may. @throws ExecError OUTPUT_TOO_LARGE in its words */
export function throwIfOverDisk(disruption: string, pod: string): void {
  if (!/ephemeral|emptydir/i.test(disruption)) return;
  throw new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote more to the disk than it may, and its pod was evicted: ${disruption.trim().replace(/\.$/, '')}. What it had written is lost.`,
    { context: { pod } },
  );
}
