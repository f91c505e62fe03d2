/** Something with a deadline. */
export interface Watched {
  /** @param now in milliseconds, of `performance.now` */
  check(now: number): void;
}

/** One timer for every deadline of the proxy: setting one per request would cost more than the request. */
export interface DeadlineChecks {
  add(watched: Watched): void;
  remove(watched: Watched): void;
}

/**
 * The timer runs while something is watched, and keeps no process alive.
 * @param onFault receives what a check throws; the others are made all the same
 */
export function createDeadlineChecks(everyMs: number, onFault: (error: unknown) => void): DeadlineChecks {
  const all = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;
  const checkOne = (watched: Watched, now: number) => {
    try {
      watched.check(now);
    } catch (error) {
      onFault(error);
    }
  };
  const check = () => {
    const now = performance.now();
    for (const watched of all) checkOne(watched, now);
  };
  return {
    add(watched) {
      all.add(watched);
      timer ??= setInterval(check, everyMs).unref();
    },
    remove(watched) {
      all.delete(watched);
      if (all.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
