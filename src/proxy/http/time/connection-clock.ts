/** What a connection is waited for, and how long. */
export interface ConnectionClock {
  /** In milliseconds from now, in place of what was expected before; undefined: there is no hurry. */
  expectWithin(ms: number | undefined): void;
  /** Whether the other side took what was written. @returns the same */
  noteTaken(takesMore: boolean): boolean;
  /** It takes more again. */
  noteDrained(): void;
  /** `stalled`: it takes nothing; `late`: what was expected has not come. */
  lateness(now: number): 'stalled' | 'late' | undefined;
}

const never = Number.POSITIVE_INFINITY;

/** @param stalledMs how long the other side may take nothing of what is written */
export function createConnectionClock(stalledMs: number): ConnectionClock {
  let deadline = never;
  let stalled = never;
  return {
    expectWithin(ms) {
      deadline = ms === undefined ? never : performance.now() + ms;
    },
    noteTaken(takesMore) {
      if (!takesMore && stalled === never) stalled = performance.now() + stalledMs;
      return takesMore;
    },
    noteDrained() {
      stalled = never;
    },
    lateness(now) {
      if (now >= stalled) return 'stalled';
      return now >= deadline ? 'late' : undefined;
    },
  };
}
