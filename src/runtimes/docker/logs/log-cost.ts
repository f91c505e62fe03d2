import type { LogSize } from '../../runtime.ts';

/** Engines keep a message for each line, and for each piece of this size of a longer one. */
const pieceBytes = 16 * 1024;

/** What a message takes beside its text: stream, time, framing, and what ties the pieces of a long line together. */
const messageBytes = 160;

/** The largest room that the engine's driver `local` takes for such an output, in bytes. */
export function logCost({ bytes, lines }: LogSize): number {
  return bytes + messageBytes * (lines + Math.ceil(bytes / pieceBytes) + 1);
}

/** In JSON, which the driver `json-file` writes, a control character takes six bytes. */
export const jsonBytesOfOne = 6;

const slackBytes = 1024 ** 2;

/**
 * How large a file of the engine is that shows an output as too long also when the engine has dropped an older one: what fills it
 * has more than these bytes or lines.
 */
export function logFileBytes(maxBytes: number, maxLines: number): number {
  return logCost({ bytes: maxBytes, lines: Math.min(maxLines, maxBytes) }) + slackBytes;
}
