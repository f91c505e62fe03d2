import type { BodyLimits } from '../exchange.ts';

/** How long the sender of a body may still pause: a sender that only trickles runs out of it. */
export interface Patience {
  begin(limits: BodyLimits): void;
  /** The sender is waited for from now on. @returns the milliseconds that it has */
  beginPause(): number;
  endPause(): void;
  earn(bytes: number): void;
}

export function createPatience(): Patience {
  let fullMs = 0;
  let leftMs = 0;
  let msPerByte = Number.POSITIVE_INFINITY;
  let pausedAt: number | undefined;
  return {
    begin({ timeoutMs, bytesPerSecond }) {
      fullMs = timeoutMs;
      leftMs = timeoutMs;
      msPerByte = bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : 1000 / bytesPerSecond;
      pausedAt = undefined;
    },
    beginPause() {
      pausedAt = performance.now();
      return leftMs;
    },
    endPause() {
      if (pausedAt !== undefined) leftMs -= performance.now() - pausedAt;
      pausedAt = undefined;
    },
    earn(bytes) {
      leftMs = Math.min(fullMs, leftMs + bytes * msPerByte);
    },
  };
}
