import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { followAbort } from '../../../support/abort/follow-abort.ts';
import { onAbort } from '../../../support/abort/on-abort.ts';
import type { Pour } from '../../../workspace/pour.ts';
import { readBytes } from './divert-sockets.ts';
import { createPieceBuffers, type PieceBuffers } from './piece-buffers.ts';
import { type Download, type Receive, receiveObject } from './receive-object.ts';

/** As many bytes as make a write worth its cost. */
const pieceBytes = 1024 ** 2;

/** Bytes of the smallest object that is worth its connection, which is lost. */
export const smallestPoured = 4 * pieceBytes;

/** The bytes of an object past Node's HTTP parser and streams, in memory that is used again. */
export function createPour(download: Download, signal: AbortSignal): Pour {
  return async (take) => {
    const stop = new AbortController();
    const release = followAbort(stop, signal);
    const takeOrStop = (bytes: Uint8Array) =>
      take(bytes).catch((error: unknown) => {
        // It is no failure of the connection, which would be taken up again.
        stop.abort(error);
        throw error;
      });
    const pieces = createPieceBuffers({ bytes: pieceBytes, room: readBytes, take: takeOrStop });
    try {
      await receiveObject(download, stop.signal, createReceive(download, pieces, stop.signal));
      await pieces.end();
    } finally {
      release();
    }
  };
}

function createReceive({ s3: { reads } }: Download, pieces: PieceBuffers, signal: AbortSignal): Receive {
  return async (stream, size, seen) => {
    let left = size;
    const add = (bytes: Buffer) => {
      left -= bytes.length;
      seen(bytes);
      return pieces.add(bytes);
    };
    const end = () => stream.destroy();
    const release = onAbort(signal, end);
    try {
      await pieces.ready();
      for (const bytes of parsedBytes(stream)) if (!add(bytes)) await pieces.ready();
      if (left > 0) await receiveUnparsed(stream);
    } finally {
      release();
    }

    function receiveUnparsed(answer: IncomingMessage): Promise<void> {
      const { socket } = answer;
      return new Promise<void>((resolve, reject) => {
        finished(answer, (error) => reject(error ?? new Error('the answer ended')));
        reads.divert(socket, (bytes) => {
          const hasRoom = add(bytes.subarray(0, left));
          if (left === 0) resolve();
          else if (!hasRoom) pieces.ready().then(() => void socket.resume(), reject);
          return hasRoom && left > 0;
        });
        socket.resume();
      }).finally(end);
    }
  };
}

/** What the parser made of the bytes that came with the head of the answer and after it. */
function* parsedBytes(stream: IncomingMessage): Generator<Buffer, void> {
  for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) {
    for (let from = 0; from < chunk.length; from += readBytes) yield chunk.subarray(from, from + readBytes);
  }
}
