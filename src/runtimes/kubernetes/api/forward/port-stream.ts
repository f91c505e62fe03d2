import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createFrameReader, encodeFrame } from './web-socket-frames.ts';

/** The subprotocol with numbered channels, which every kubelet serves for ports. */
export const channelProtocol = 'v4.channel.k8s.io';

const channels = { data: 0, error: 1 } as const;
/** Each channel begins with the number of the port. */
const portBytes = 2;
const longestError = 4096;
const longestMessage = 64 * 1024;

/**
 * The connection to one port of a pod, over a WebSocket that the API server has opened. It has no half-closed state: ending
 * it sends nothing, and the other side sees its end when it is destroyed.
 */
export function openPortStream(socket: Socket): Duplex {
  let isOver = false;
  let channel: number | undefined;
  const skip = [portBytes, portBytes];
  let problem = '';

  const onContent = (piece: Buffer, begins: boolean): void => {
    if (begins) channel = piece[0];
    const content = begins ? piece.subarray(1) : piece;
    if (channel !== channels.data && channel !== channels.error)
      throw new Error(`the server sent something for channel ${channel}`);
    const skipped = Math.min(skip[channel] ?? 0, content.length);
    skip[channel] = (skip[channel] ?? 0) - skipped;
    const rest = content.subarray(skipped);
    if (rest.length === 0) return;
    if (channel === channels.error) problem = `${problem}${rest}`.slice(0, longestError);
    else if (!stream.push(rest)) socket.pause();
  };
  const over = (): void => {
    isOver = true;
    if (problem === '') stream.push(null);
    else stream.destroy(new Error(problem));
  };
  const read = createFrameReader({
    onContent,
    onPing: (payload) => socket.write(encodeFrame('pong', payload)),
    onClose: over,
  });

  const stream = new Duplex({
    read: () => void socket.resume(),
    write(bytes: Buffer, _encoding, done) {
      if (bytes.length === 0) return done();
      for (let at = 0; at < bytes.length; at += longestMessage) {
        const message = Buffer.concat([Buffer.of(channels.data), bytes.subarray(at, at + longestMessage)]);
        const isLast = at + longestMessage >= bytes.length;
        socket.write(encodeFrame('binary', message), isLast ? (error) => done(error) : undefined);
      }
    },
    final: (done) => done(),
    destroy(error, done) {
      // A server that does not read would never take the close.
      if (socket.writableLength > 0) socket.destroy();
      else if (socket.writable) socket.end(encodeFrame('close', Buffer.alloc(0)));
      // The server may be gone and would never end its side.
      socket.destroySoon();
      done(error);
    },
  });
  socket.on('data', (bytes: Buffer) => {
    if (isOver) return;
    try {
      read(bytes);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', (error) => stream.destroy(error));
  socket.once('close', () => {
    if (!isOver) stream.destroy(new Error(problem || 'the API server closed the connection to the pod'));
  });
  return stream;
}
