import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A line to a server that a test can cut. */
export interface CuttableLine {
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  /** Resets every connection; new ones wait until the line is repaired. */
  cut(): void;
  repair(): void;
  /** From now on a bit of every large answer is another one. */
  damage(): void;
  close(): Promise<void>;
}

/** Bytes that an answer's status and headers may have. */
const longestHead = 4096;

/** Passes bytes on to the server and back. */
export async function openCuttableLine(endpoint: string): Promise<CuttableLine> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A cut line's other end fails; that is what it is for.
    socket.on('error', () => undefined);
  };
  let isDamaging = false;
  const damaging = () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const last = chunk.length - 1;
        if (isDamaging && last > longestHead) chunk.writeUInt8(chunk.readUInt8(last) ^ 1, last);
        done(null, chunk);
      },
    });
  let repaired = Promise.resolve();
  let repair = () => {};
  const server = createServer(async (socket) => {
    keep(socket);
    await repaired;
    const onward = connect(Number(port), hostname);
    keep(onward);
    socket.pipe(onward).pipe(damaging()).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    cut() {
      repaired = new Promise((resolve) => {
        repair = resolve;
      });
      reset();
    },
    repair: () => repair(),
    damage() {
      isDamaging = true;
    },
    async close() {
      repair();
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}
