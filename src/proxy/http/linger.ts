import type { Socket } from 'node:net';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { ConnectionClock } from './time/connection-clock.ts';

/** How a connection ends: what still comes is read and forgotten for a while, so that the last answer is not lost. */
export interface Lingering {
  begin(): void;
  /** @returns false when more has come than is waited for */
  forget(bytes: number): boolean;
}

export function createLingering(
  socket: Socket,
  clock: ConnectionClock,
  { lingerBytes, lingerMs }: Pick<ProxyLimits, 'lingerBytes' | 'lingerMs'>,
): Lingering {
  let forgotten = 0;
  return {
    begin() {
      clock.expectWithin(undefined);
      clock.noteTaken(socket.writableLength === 0);
      socket.resume();
      // Who is slow to take the last answer gets the time that any answer gets.
      socket.end(() => {
        clock.noteDrained();
        clock.expectWithin(lingerMs);
      });
    },
    forget(bytes) {
      forgotten += bytes;
      return forgotten <= lingerBytes;
    },
  };
}
