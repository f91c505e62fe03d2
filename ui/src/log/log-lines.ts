export interface Line {
  /** Counted from 1 over the whole log. */
  readonly number: number;
  readonly text: string;
  readonly stream: string;
}

/** Lines kept in memory; older ones are dropped. */
const mostLines = 200_000;

/** Puts pieces of output together to lines, apart for stdout and stderr. */
export class LogLines {
  lines: Line[] = [];
  /** Lines that were dropped because there are too many. */
  dropped = 0;
  /** Lines that have no end yet, by stream. */
  readonly #open = new Map<string, Line>();

  add(stream: string, text: string): void {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.#open.delete(stream);
      const isRest = index === pieces.length - 1;
      if (!isRest || piece !== '') this.#extend(stream, piece);
    }
    if (this.lines.length > mostLines * 1.1) {
      const surplus = this.lines.length - mostLines;
      this.lines = this.lines.slice(surplus);
      this.dropped += surplus;
    }
  }

  #extend(stream: string, text: string): void {
    const open = this.#open.get(stream);
    if (open === undefined || open.number <= this.dropped) {
      const line = { number: this.dropped + this.lines.length + 1, text, stream };
      this.lines.push(line);
      this.#open.set(stream, line);
      return;
    }
    const longer = { ...open, text: open.text + text };
    this.lines[open.number - 1 - this.dropped] = longer;
    this.#open.set(stream, longer);
  }
}
