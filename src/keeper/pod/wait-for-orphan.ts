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
  /** Of a pod that was made before it had an execution. */
  readonly ahead?:
    | {
        /** How long it waits for an agent until it has one. */
        readonly patienceMs: number;
        /** From now on no execution gets the pod. False: one has it. */
        readonly retire: () => Promise<boolean>;
      }
    | undefined;
  /** Milliseconds between two looks. */
  readonly lookMs?: number;
}

/**
 * Resolves when no agent is waited for any more: none was connected for that long, or the pod is ended before one had it, so that
 * it has nothing to give. Rejects where it cannot be written down that the pod is retired.
 */
export function waitForOrphan(options: OrphanOptions): { readonly passed: Promise<void>; stop(): void } {
  const { isServed, isClaimed, isEnding, patienceMs, ahead, lookMs = defaultLookMs } = options;
  let seen = performance.now();
  let timer: NodeJS.Timeout | undefined;

  const isOver = async (): Promise<boolean> => {
    const served = isServed();
    if (served) seen = performance.now();
    const aloneMs = performance.now() - seen;
    // The agent that made it is connected and has nothing to lose.
    if (ahead !== undefined && !isClaimed())
      return (isEnding() || (!served && aloneMs > ahead.patienceMs)) && ahead.retire();
    return !served && (aloneMs > patienceMs || (isEnding() && !isClaimed()));
  };

  const passed = new Promise<void>((resolve, reject) => {
    timer = setInterval(() => {
      isOver().then((over) => {
        if (over) resolve();
      }, reject);
    }, lookMs);
  });
  return { passed, stop: () => clearInterval(timer) };
}
