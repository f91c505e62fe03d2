import type { Socket } from 'node:net';

/**
 * Holds back what is written to sockets until everything that has come by now is read. A process at the other end of many
 * of them is then woken once, not for each.
 */
export interface WriteGathering {
  /** What is written to it from here on goes out together, soon. */
  hold(socket: Socket): void;
}

export function gatherWrites(): WriteGathering {
  const held: Socket[] = [];
  const send = () => {
    for (const socket of held.splice(0)) socket.uncork();
  };
  return {
    hold(socket) {
      if (socket.writableCorked > 0) return;
      socket.cork();
      held.push(socket);
      if (held.length === 1) setImmediate(send);
    },
  };
}
