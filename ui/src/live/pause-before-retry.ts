const shortPauseMs = 1000;
const longestPauseMs = 30_000;
// An agent that starts anew is back by then.
const shortForMs = 30_000;

/** How long to wait before the next attempt to connect, in milliseconds. @param sinceMs how long there is no connection */
export function pauseBeforeRetry(sinceMs: number): number {
  if (sinceMs < shortForMs) return shortPauseMs;
  return Math.min(sinceMs / 4, longestPauseMs);
}
