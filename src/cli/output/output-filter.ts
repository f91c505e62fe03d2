import { StringDecoder } from 'node:string_decoder';
import { printableWithColors } from '../../support/text/printable.ts';
import type { Sink } from '../terminal/terminal.ts';

/** Prints what a container wrote to one stream, in pieces of any size. */
export interface OutputFilter {
  write(data: string | Uint8Array): void;
  /** Once nothing more comes: prints what waited for its rest, and ends a colour. */
  end(): void;
}

// A colour, a line end or a character can be cut in two. The longest colour has 16 attributes such as `38;2;255;255;255;`.
const escapeCode = String.raw`\u001b`;
const unfinished = new RegExp(String.raw`(?:\r|${escapeCode}(?:\[[\d;]{0,272})?)$`);
const anyColor = new RegExp(String.raw`${escapeCode}\[[\d;]*m`);
const resetColor = '\u001b[0m';

/** On a terminal control characters are escaped, but for colours; elsewhere, and with --raw, every byte is printed as it is. */
export function createOutputFilter(sink: Sink): OutputFilter {
  if (!sink.escapes) return { write: (data) => sink.raw(data), end: () => undefined };
  const decoder = new StringDecoder('utf8');
  let waiting = '';
  let isColored = false;
  const print = (text: string) => {
    const shown = printableWithColors(text);
    isColored ||= anyColor.test(shown);
    if (shown !== '') sink.raw(shown);
  };
  return {
    write(data) {
      const text = waiting + (typeof data === 'string' ? data : decoder.write(Buffer.from(data)));
      waiting = unfinished.exec(text)?.[0] ?? '';
      print(text.slice(0, text.length - waiting.length));
    },
    end() {
      print(waiting + decoder.end());
      waiting = '';
      if (isColored) sink.raw(resetColor);
      isColored = false;
    },
  };
}
