import type { Socket } from 'node:net';

/** Counts open connections by caller: by address, and by tenant once a token was sent. */
export interface ConnectionShares {
  /** @returns false, and ends the connection with a 503, when its address has too many */
  admit(socket: Socket): boolean;
  /**
   * The connection counts for the tenant from now on.
   * @returns false when the tenant has too many; the connection should be closed
   */
  assign(socket: Socket, tenant: string): boolean;
}

// For a client that has to read why it was refused.
const lingerMs = 1000;
const mostLingering = 16;

export function createConnectionShares(most: number): ConnectionShares {
  const counts = new Map<string, number>();
  const callers = new WeakMap<Socket, string>();
  let lingering = 0;

  function take(socket: Socket, caller: string): boolean {
    const count = counts.get(caller) ?? 0;
    if (count >= most) return false;
    counts.set(caller, count + 1);
    callers.set(socket, caller);
    return true;
  }

  function give(socket: Socket): void {
    const caller = callers.get(socket);
    if (caller === undefined) return;
    callers.delete(socket);
    const left = (counts.get(caller) ?? 1) - 1;
    if (left === 0) counts.delete(caller);
    else counts.set(caller, left);
  }

  function refuse(socket: Socket): void {
    if (lingering >= mostLingering) return void socket.destroy();
    lingering += 1;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => {
      clearTimeout(timer);
      lingering -= 1;
    });
    const detail = tooManyConnections('This address', most);
    const body = JSON.stringify({
      type: 'urn:exec-agent:problem:service-unavailable',
      title: 'Service Unavailable',
      status: 503,
      detail,
    });
    socket.end(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nretry-after: 5\r\nconnection: close\r\n\r\n${body}`,
    );
  }

  return {
    admit(socket) {
      if (!take(socket, `address ${socket.remoteAddress ?? ''}`)) {
        refuse(socket);
        return false;
      }
      socket.once('close', () => give(socket));
      return true;
    },
    assign(socket, tenant) {
      const caller = `tenant ${tenant}`;
      const before = callers.get(socket);
      if (before === undefined || before === caller) return true;
      if ((counts.get(caller) ?? 0) >= most) return false;
      give(socket);
      return take(socket, caller);
    },
  };
}

export function tooManyConnections(who: string, most: number): string {
  return `${who} has ${most} open connections, the maximum (EXEC_HTTP_CONNECTIONS_PER_CALLER).`;
}
