import { readProcessorMs, readWaitedMs } from '../parts/measure/read-waited-ms.ts';

// Short enough that a delay of the bound is seen to a twentieth.
const periodMs = 10;

export interface LoopDelay {
  /** Without the time for which the thread waited for a processor, which is the machine's and not ours. */
  readonly ms: number;
  readonly withWaitMs: number;
  /** For how long the thread worked between two turns; what else runs on the host does not count. */
  readonly processorMs: number;
}

export interface LoopWatch {
  /** The longest delays since the last time that this was asked. */
  longest(): LoopDelay;
  /** What has passed since the last look does not count. */
  skip(): void;
}

/** Watches how long the event loop of this process stands still. */
export function watchLoop(boundMs: number, onDelay: (delay: LoopDelay) => void): LoopWatch {
  let before = clocks();
  let longest = none;
  const look = (): LoopDelay => {
    const now = clocks();
    const withWaitMs = Math.max(0, now.wall - before.wall - periodMs);
    const ms = Math.max(0, withWaitMs - (now.waited - before.waited));
    const processorMs = now.worked - before.worked;
    before = now;
    return { ms, withWaitMs, processorMs };
  };
  setInterval(() => {
    const delay = look();
    longest = {
      ms: Math.max(delay.ms, longest.ms),
      withWaitMs: Math.max(delay.withWaitMs, longest.withWaitMs),
      processorMs: Math.max(delay.processorMs, longest.processorMs),
    };
    if (delay.ms > boundMs) onDelay(delay);
  }, periodMs).unref();
  return {
    longest() {
      const found = longest;
      longest = none;
      return found;
    },
    skip: () => void look(),
  };
}

const none: LoopDelay = { ms: 0, withWaitMs: 0, processorMs: 0 };

function clocks() {
  return { wall: performance.now(), waited: readWaitedMs(), worked: readProcessorMs() };
}
