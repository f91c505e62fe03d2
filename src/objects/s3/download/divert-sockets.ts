import type { Agent } from 'node:http';
import { Socket } from 'node:net';

/** The most bytes that one read brings. */
export const readBytes = 256 * 1024;

/** Receives the bytes, whose memory the next read of any socket uses again; false: none before `socket.resume()`. */
export type TakeRead = (bytes: Buffer) => boolean;

export interface SocketReads {
  /** Has the sockets of an agent read into one buffer. */
  share(agent: Agent): void;
  /** From now on nobody else receives what arrives; afterwards the socket is of no use to its agent. */
  divert(socket: Socket, take: TakeRead): void;
}

/**
 * By default Node makes a buffer for each read, and its HTTP parser a copy of what is in it: with large objects, having
 * those collected takes longer than all the rest.
 */
export function createSocketReads(): SocketReads {
  const diverted = new WeakMap<Socket, TakeRead>();
  // What is read is handed on before anything else is read.
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  return {
    share(agent) {
      const connect = agent.createConnection.bind(agent);
      agent.createConnection = (options, done) => {
        const callback = (length: number): boolean => {
          if (!(socket instanceof Socket)) return true;
          const bytes = buffer.subarray(0, length);
          const take = diverted.get(socket);
          if (take !== undefined) return take(bytes);
          // Node's parser, which copies what it keeps.
          socket.emit('data', bytes);
          return true;
        };
        const reading = { ...options, onread: { buffer, callback } };
        const socket = connect(reading, done);
        return socket;
      };
    },
    divert: (socket, take) => void diverted.set(socket, take),
  };
}
