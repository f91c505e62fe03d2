import { formatBytes } from '../support/bytes.ts';

/** Text that keeps its beginning and its end and leaves out the middle once it is longer than the limit. */
export interface BoundedText {
  append(text: string): void;
  toString(): string;
  /** Bytes that were left out. */
  omittedBytes(): number;
}

/** @param limitBytes what is kept of the UTF-8 text, half of it for the beginning and half for the end */
export function createBoundedText(limitBytes: number): BoundedText {
  const half = Math.floor(limitBytes / 2);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let omitted = 0;

  const trimTail = () => {
    let first = tail[0];
    while (first !== undefined && tailBytes - first.length >= half) {
      tail.shift();
      tailBytes -= first.length;
      omitted += first.length;
      first = tail[0];
    }
  };

  return {
    append(text) {
      const bytes = Buffer.from(text);
      const room = half - headBytes;
      const forHead = room > 0 && tail.length === 0 ? bytes.subarray(0, room) : bytes.subarray(0, 0);
      if (forHead.length > 0) head.push(forHead);
      headBytes += forHead.length;
      const rest = bytes.subarray(forHead.length);
      if (rest.length === 0) return;
      tail.push(rest);
      tailBytes += rest.length;
      trimTail();
    },
    omittedBytes: () => omitted + Math.max(0, tailBytes - half),
    toString() {
      const end = Buffer.concat(tail);
      const excess = Math.max(0, end.length - half);
      if (omitted + excess === 0) return Buffer.concat([...head, end]).toString();
      const marker = `\n[… ${formatBytes(omitted + excess)} left out …]\n`;
      return wholeCharacters(Buffer.concat(head)) + marker + wholeCharacters(end.subarray(excess));
    },
  };
}

/** A cut may fall inside a character; its remains are dropped. */
function wholeCharacters(bytes: Buffer): string {
  return bytes.toString().replace(/^\uFFFD{1,3}|\uFFFD{1,3}$/g, '');
}
