import type { Message } from './read-messages.ts';

/** A line of which the pieces so far carry no line feed. */
export interface OpenLine {
  /** Shared by all pieces of one line. */
  readonly time: string;
  readonly bytes: number;
}

/** What was last read of each stream; absent: it ended with a line feed. */
export type OpenLines = { readonly [Stream in Message['stream']]?: OpenLine };

/** Engines cut longer lines into pieces of this size. */
const pieceBytes = 16 * 1024;
const lineFeed = Buffer.from('\n');

/**
 * Engines up to 20.10 lose the line feed of a line that came in pieces (log driver `local`). The pieces of one line share
 * their time, so a message with another time begins a new line, and gets the line feed in front that is missing. An empty last
 * piece stands for a line feed after a full one. Otherwise, at the very end of a log, it stays unknown whether there was one.
 */
export function restoreLineFeed(message: Message, open: OpenLines): { message: Message; open: OpenLines } {
  const { [message.stream]: line, ...others } = open;
  const isEmptyPiece = message.data.length === 0 && line?.time === message.time && line.bytes >= pieceBytes;
  if (isEmptyPiece) return { message: { ...message, data: lineFeed }, open: others };
  const isNext = line !== undefined && line.time !== message.time;
  const isLost = isNext && line.bytes >= pieceBytes;
  const restored = isLost ? { ...message, data: Buffer.concat([lineFeed, message.data]) } : message;
  if (message.data.at(-1) === lineFeed[0]) return { message: restored, open: others };
  const before = line === undefined || isNext ? 0 : line.bytes;
  const current = { time: message.time, bytes: before + message.data.length };
  return { message: restored, open: { ...others, [message.stream]: current } };
}
