import type { Sink } from '../terminal.ts';

/** A sink of the same look that nothing appears on. */
export function muteSink(sink: Sink): Sink {
  return { ...sink, isTerminal: false, write: () => undefined, line: () => undefined };
}
