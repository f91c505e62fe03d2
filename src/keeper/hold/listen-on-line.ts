import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

export interface LineServer {
  /** Cuts all connections. */
  close(): Promise<void>;
}

export interface LineOptions {
  /** Of the socket; one of a process before this one is replaced. */
  readonly path: string;
  /** Either side may end its half before the other. */
  readonly allowHalfOpen?: boolean;
  /** Errors of the connection show in the close that follows, and in what is read and written. */
  readonly onConnection: (socket: Socket) => void;
}

/** Listens on a Unix socket that all users of the containers in the pod may connect to. */
export async function listenOnLine({ path, allowHalfOpen = false, onConnection }: LineOptions): Promise<LineServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await rm(path, { force: true });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o666);
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
