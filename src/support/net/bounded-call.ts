import type { ClientRequest, IncomingMessage } from 'node:http';

/** Destroys a request whose socket does not connect in time, with an error with the code ETIMEDOUT. */
export function boundConnecting(outgoing: ClientRequest, timeoutMs: number): void {
  outgoing.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      outgoing.destroy(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    const settled = (): void => clearTimeout(timer);
    socket.once('connect', settled).once('close', settled);
  });
}

/** @throws Error when the body is larger; what the connection fails with */
export async function readBody(body: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBytes) throw new Error(`its answer is larger than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
