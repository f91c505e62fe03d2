import type { Exit, Handle } from '../../wire/record/record.ts';

export interface Container {
  /** The caller records it before the start. */
  readonly handle: Handle;
  /**
   * Starts the container. On a recovered container that has already run it does nothing, so that nothing runs twice.
   * @param bounds what the sandbox enforces by itself while no agent is connected to it, where it can
   * @throws ExecError START_FAILED when the engine cannot start it (no such command, no such user).
   */
  start(bounds?: StartBounds): Promise<void>;
  /**
   * Number of bytes of the whole output that were dropped before they were read, given how much was read: drivers keep a bounded
   * part of what nobody has read yet. `unknown`: the driver may have dropped some. Absent: this driver drops nothing.
   */
  readonly droppedLogBytes?: (read: LogSize) => Promise<number | 'unknown'>;
  /** Streams the output from the given position. Ends once the container has exited and all output was read. */
  logs(options: LogOptions): AsyncIterable<LogChunk>;
  /** Whether output is late because the runtime cannot be reached at the moment. Absent: that does not happen. */
  readonly isOutputLate?: () => boolean;
  /**
   * Waits for the exit. Every call returns the same result. Of a recovered container it has the time of the end.
   * @throws ExecError START_FAILED when the init process did not find the command; users do not see that as exit code 127.
   */
  wait(signal: AbortSignal): Promise<Exit>;
  /**
   * Measures what the container has written to its root filesystem, without volumes and scratch. Stops counting above the
   * bounds, so it is cheap enough to call while the container runs. Absent when the kernel enforces the limit.
   */
  readonly layer?: ((bounds: LayerUsage, signal: AbortSignal) => Promise<LayerUsage>) | undefined;
  /** Sends the image's stop signal (default: SIGTERM), then SIGKILL after the grace time. Resolves once it has stopped; safe to repeat. */
  stop(graceMs: number): Promise<void>;
}

/** Limits of one run that the agent otherwise enforces. */
export interface StartBounds {
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** Of the read-write volumes together. */
  readonly outputBytes: number;
  /** Entries of any kind in the read-write volumes. */
  readonly outputFiles: number;
  /** Of stdout and stderr together. */
  readonly logBytes: number;
}

export interface LogSize {
  readonly bytes: number;
  readonly lines: number;
}

export interface LayerUsage {
  readonly bytes: number;
  /** Entries of any kind; 0 when the engine runs elsewhere and cannot count them. */
  readonly files: number;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly from?: LogPosition;
}

/** Opaque except to the driver that created it; plain JSON. */
export type LogPosition = string;

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Epoch milliseconds, at the precision of the driver. */
  readonly time: number;
  readonly data: Uint8Array;
  /** The position after this chunk, for `LogOptions.from`. */
  readonly position: LogPosition;
}
