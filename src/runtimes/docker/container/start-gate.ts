/** Lets only so many containers be started at a time: an engine that starts more of them takes longer for all. */
export interface StartGate {
  /**
   * Resolves when there is room, with what gives the room back: safe to call again. It is taken back from who keeps it for
   * too long, such as one that lost its execution before the start.
   */
  enter(): Promise<() => void>;
  /** Somebody is in there, or waits for it. */
  isBusy(): boolean;
}

export interface StartGateOptions {
  readonly width: number;
  /** How long (ms) one may stay inside. */
  readonly turnMs: number;
  /** Called whenever the last one has left. */
  readonly onQuiet: () => void;
}

export function createStartGate({ width, turnMs, onQuiet }: StartGateOptions): StartGate {
  const waiting: (() => void)[] = [];
  let inside = 0;

  const leave = () => {
    const next = waiting.shift();
    // Its place goes to the next one.
    if (next !== undefined) return next();
    inside -= 1;
    if (inside === 0) onQuiet();
  };

  return {
    async enter() {
      if (inside < width) inside += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let isInside = true;
      const leaveOnce = () => {
        clearTimeout(late);
        if (isInside) leave();
        isInside = false;
      };
      const late = setTimeout(leaveOnce, turnMs).unref();
      return leaveOnce;
    },
    isBusy: () => inside > 0,
  };
}
