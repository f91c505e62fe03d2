import type { Duplex } from 'node:stream';
import { settlesWithin } from '../../support/time/deadline.ts';
import { type Deferred, deferred } from '../../support/time/deferred.ts';

/** Connections to ports on the loopback of the command that runs. */
export interface PortConnections {
  /** @throws Error when no command runs, or nothing listens on the port */
  connect(port: number): Promise<Duplex>;
  /** What `hold` made of the connection of that number. */
  settle(number: number, connection: Duplex | undefined): void;
}

export interface PortOptions {
  /** Asks the `hold` of the step that runs for a connection under a number; false when no step runs. */
  readonly ask: (port: number, number: number) => boolean;
  readonly timeoutMs: number;
}

export function connectPorts({ ask, timeoutMs }: PortOptions): PortConnections {
  const wanted = new Map<number, Deferred<Duplex | undefined>>();
  let last = 0;
  return {
    async connect(port) {
      // Numbers have 32 bits.
      last = (last + 1) % 2 ** 32;
      const number = last;
      if (!ask(port, number)) throw new Error('no command runs');
      const answer = deferred<Duplex | undefined>();
      wanted.set(number, answer);
      const isAnswered = await settlesWithin(answer.promise, timeoutMs);
      wanted.delete(number);
      const connection = isAnswered ? await answer.promise : undefined;
      if (connection === undefined) throw new Error(`nothing listens on port ${port} of the command`);
      return connection;
    },
    settle(number, connection) {
      const answer = wanted.get(number);
      if (answer === undefined) connection?.destroy();
      else answer.resolve(connection);
    },
  };
}
