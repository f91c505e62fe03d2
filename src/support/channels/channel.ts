import { Readable, Writable } from 'node:stream';
import { expectRejection } from '../abort/await-with-signal.ts';
import { type ExecError, toExecError } from '../exec-error.ts';
import { deferred } from '../time/deferred.ts';
import { broken, type FrameKind } from './frames.ts';

/** How many bytes one side of a channel may have sent that the other has not read. */
export const windowBytes = 256 * 1024;
// Smaller credits would cost more than they are worth.
const creditBytes = windowBytes / 4;
const pieceBytes = 64 * 1024;
/** Smaller pieces would cost more memory than the bytes in them. */
const maxPieces = windowBytes / 8;

/**
 * One conversation within a connection: a message, a reply, and bytes in both directions with back-pressure. It is over when
 * `input` was read to its end and `output` was ended, or when either of them is destroyed before.
 */
export interface Channel {
  /** Bytes of the other side; fails with the ExecError that the other side failed with. */
  readonly input: Readable;
  readonly output: Writable;
  /** The reply of the other side, as JSON. @throws ExecError the error it failed with */
  replied(): Promise<unknown>;
  /** Answers the message with which the other side opened the channel. */
  reply(message: unknown): Promise<void>;
  /** Ends the conversation with that error, on both sides. */
  fail(error: unknown): void;
}

/** What the connection does with a channel. */
export interface OpenChannel extends Channel {
  onReply(message: unknown): void;
  onData(piece: Buffer): void;
  onEnd(): void;
  onCredit(bytes: number): void;
  onFail(error: ExecError): void;
}

export interface ChannelOptions {
  /** Resolves once the connection takes more. */
  readonly send: (kind: FrameKind, payload?: unknown) => Promise<void>;
  readonly sendBytes: (piece: Uint8Array) => Promise<void>;
  /** Called once, when the conversation is over. */
  readonly onClose: () => void;
}

export function createChannel({ send, sendBytes, onClose }: ChannelOptions): OpenChannel {
  const replied = deferred<unknown>();
  expectRejection(replied.promise);
  let isOver = false;
  let credit = windowBytes;
  let waiting: (() => void) | undefined;
  // Received, and not yet granted again.
  let owed = 0;
  let pieces = 0;
  let isEnded = false;

  const over = (error: ExecError): void => {
    if (isOver) return;
    isOver = true;
    waiting?.();
    replied.reject(error);
    if (!input.readableEnded) input.destroy(error);
    if (!output.writableFinished) output.destroy(error);
    onClose();
  };

  const fail = (error: unknown): void => {
    if (isOver) return;
    const failure = toExecError(error);
    // The connection reports its own failure to every channel.
    expectRejection(send('fail', failure));
    over(failure);
  };

  const endedOnce = (): void => {
    if (input.readableEnded && output.writableFinished) over(broken('the conversation has ended'));
  };

  const write = async (chunk: Buffer): Promise<void> => {
    for (let from = 0; from < chunk.length; ) {
      while (credit === 0) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
        if (isOver) return;
      }
      const piece = chunk.subarray(from, from + Math.min(pieceBytes, credit));
      credit -= piece.length;
      from += piece.length;
      await sendBytes(piece);
    }
  };

  const input = new Readable({
    highWaterMark: creditBytes,
    read() {
      if (owed < creditBytes) return;
      const granted = owed;
      owed = 0;
      pieces = 0;
      expectRejection(send('credit', granted));
    },
    destroy(error, done) {
      if (!input.readableEnded) fail(error ?? broken('the reader stopped reading'));
      done(error);
    },
  });
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk).then(() => done(), done);
    },
    writev(chunks, done) {
      write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done);
    },
    final(done) {
      send('end').then(() => done(), done);
    },
    destroy(error, done) {
      if (!output.writableFinished) fail(error ?? broken('the writer stopped writing'));
      done(error);
    },
  });
  // Those who read or write get it; it must not end the process when nobody does just now.
  for (const stream of [input, output]) stream.on('error', () => undefined);
  input.once('end', endedOnce);
  output.once('finish', endedOnce);

  return {
    input,
    output,
    replied: () => replied.promise,
    reply: (message) => send('reply', message),
    fail,
    onReply: (message) => replied.resolve(message),
    onData(piece) {
      owed += piece.length;
      pieces += 1;
      if (owed > windowBytes || pieces > maxPieces || isEnded) throw broken('it sent more than it may');
      // A copy: the piece keeps the whole chunk in memory that it arrived in.
      input.push(Buffer.from(piece));
    },
    onEnd() {
      isEnded = true;
      input.push(null);
    },
    onCredit(more) {
      credit += more;
      waiting?.();
    },
    onFail: over,
  };
}
