const defaultLookMs = 1_000;

export interface OrphanOptions {
  /** Whether an agent is connected. */
  readonly isServed: () => boolean;
  /** Whether an agent has ever had the pod. */
  readonly isClaimed: () => boolean;
  /** Whether the pod received the signal to end. */
  readonly isEnding: () => boolean;
  /** How long a pod waits for an agent. */
  readonly patienceMs: number;
  /** Milliseconds between two looks. */
  readonly lookMs?: number;
}

/**
 * Resolves when no agent is waited for any more: none was connected for that long, or the pod is ended before one had it, so that
 * it has nothing to give.
 */
export function waitForOrphan(options: OrphanOptions): { readonly passed: Promise<void>; stop(): void } {
  const { isServed, isClaimed, isEnding, patienceMs, lookMs = defaultLookMs } = options;
  let seen = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (isServed()) seen = performance.now();
      else if (performance.now() - seen > patienceMs || (isEnding() && !isClaimed())) resolve();
    }, lookMs);
  });
  return { passed, stop: () => clearInterval(timer) };
}
