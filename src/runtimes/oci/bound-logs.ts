import { stat, truncate } from 'node:fs/promises';
import { errnoOf } from '../../support/exec-error.ts';
import type { ContainerFiles } from './container-files.ts';

export interface LogBound {
  /** Checks a last time. */
  stop(): void;
}

/**
 * Cuts the log files back when they grow beyond their size, so that a flood does not fill the disk; the container goes
 * on writing at what is then the end, and nobody reads that.
 */
export function boundLogs(
  { stdout, stderr }: ContainerFiles,
  { maxLogBytes, logCheckMs }: { readonly maxLogBytes: number; readonly logCheckMs: number },
  failed: (error: unknown) => void,
): LogBound {
  const check = () => {
    Promise.all([cut(stdout, maxLogBytes), cut(stderr, maxLogBytes)]).catch(failed);
  };
  const timer = setInterval(check, logCheckMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      check();
    },
  };
}

async function cut(path: string, maxBytes: number): Promise<void> {
  try {
    if ((await stat(path)).size > maxBytes) await truncate(path, maxBytes);
  } catch (error) {
    // Not made yet, or removed meanwhile.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
