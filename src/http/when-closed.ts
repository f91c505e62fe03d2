import type { FastifyReply } from 'fastify';

/** Calls once all of a response was sent or the client has left; at once if that was before, when no event comes any more. */
export function whenClosed({ raw }: FastifyReply, call: () => void): void {
  if (raw.closed) call();
  else raw.once('close', call);
}
