import type { Duplex } from 'node:stream';

/**
 * Passes bytes between two connections in both directions, with back-pressure; each direction ends by itself, so both need
 * `allowHalfOpen`. When one breaks, so does the other.
 */
export function joinStreams(one: Duplex, other: Duplex): void {
  pass(one, other);
  pass(other, one);
}

function pass(from: Duplex, to: Duplex): void {
  from.pipe(to);
  // Why it broke is of no use to the other end, which sees its own connection break.
  from.on('error', () => to.destroy());
  from.once('close', () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy();
  });
}
