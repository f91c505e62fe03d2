import { ExecError } from '../../support/exec-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs the work with a signal that the first Ctrl-C (or SIGTERM) aborts; the second one ends the program at once.
 * @param notify called at the first, to say what is happening now
 */
export async function withInterrupt<T>(notify: () => void, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    notify();
    controller.abort(new ExecError('CANCELED', 'Canceled.'));
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** For {@link withInterrupt}: a line below the ^C that the terminal shows. */
export function sayOnInterrupt({ stderr }: Terminal, text: string): () => void {
  return () => stderr.line(`${stderr.isTerminal ? '\n' : ''}${text} Ctrl-C again quits at once.`);
}
