import { printableLine } from '../../support/text/printable.ts';
import type { Sink } from '../terminal/terminal.ts';
import { cutLine } from './text/cut-line.ts';

/** What goes on for a while: one line that changes on a terminal, a line at the start and one at the end elsewhere. */
export interface ProgressLine {
  start(text: string): void;
  /** Shown on a terminal only. */
  update(text: string): void;
  /** Ends it, with a last line that stays or without one. */
  end(text?: string): void;
}

const eraseLine = '\r\u001b[2K';

export function createProgressLine(sink: Sink): ProgressLine {
  let active = false;
  const show = (text: string) => {
    sink.raw(eraseLine);
    sink.write(sink.colors.dim(cutLine(printableLine(text), sink.columns() - 1)));
  };
  return {
    start(text) {
      active = true;
      if (sink.isTerminal) show(text);
      else sink.line(printableLine(text));
    },
    update(text) {
      if (active && sink.isTerminal) show(text);
    },
    end(text) {
      if (!active) return;
      active = false;
      if (sink.isTerminal) sink.raw(eraseLine);
      if (text !== undefined) sink.line(sink.colors.dim(printableLine(text)));
    },
  };
}
