import type { Sink } from './terminal.ts';

/** A sink of the same look that nothing appears on. */
export function muteSink(sink: Sink): Sink {
  return {
    ...sink,
    isTerminal: false,
    escapes: false,
    write: () => undefined,
    line: () => undefined,
    raw: () => undefined,
  };
}
