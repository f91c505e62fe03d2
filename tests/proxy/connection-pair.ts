import { Duplex, PassThrough } from 'node:stream';

/** Both ends of a connection in this process. */
export function connectionPair(): readonly [Duplex, Duplex] {
  const [to, back] = [new PassThrough(), new PassThrough()];
  const near = Duplex.from({ readable: back, writable: to });
  const far = Duplex.from({ readable: to, writable: back });
  for (const stream of [to, back, near, far]) stream.on('error', () => undefined);
  return [near, far];
}
