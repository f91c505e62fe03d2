import { readWaitedMs } from '../parts/measure/read-waited-ms.ts';

// Short enough that a delay of the bound is seen to a twentieth.
const periodMs = 10;

export interface LoopDelay {
  /** Without the time for which the thread waited for a processor, which is the machine's and not ours. */
  readonly ms: number;
  readonly withWaitMs: number;
}

export interface LoopWatch {
  /** The longest delays since the last time that this was asked. */
  longest(): LoopDelay;
  /** What has passed since the last look does not count. */
  skip(): void;
}

/** Watches how long the event loop of this process stands still. */
export function watchLoop(boundMs: number, onDelay: (delay: LoopDelay) => void): LoopWatch {
  let [before, waitedBefore] = [performance.now(), readWaitedMs()];
  let longest: LoopDelay = { ms: 0, withWaitMs: 0 };
  const look = (): LoopDelay => {
    const [now, waited] = [performance.now(), readWaitedMs()];
    const withWaitMs = Math.max(0, now - before - periodMs);
    const ms = Math.max(0, withWaitMs - (waited - waitedBefore));
    [before, waitedBefore] = [now, waited];
    return { ms, withWaitMs };
  };
  setInterval(() => {
    const { ms, withWaitMs } = look();
    longest = { ms: Math.max(ms, longest.ms), withWaitMs: Math.max(withWaitMs, longest.withWaitMs) };
    if (ms > boundMs) onDelay({ ms, withWaitMs });
  }, periodMs).unref();
  return {
    longest() {
      const told = longest;
      longest = { ms: 0, withWaitMs: 0 };
      return told;
    },
    skip: () => void look(),
  };
}
