import type { Duplex } from 'node:stream';
import { joinStreams } from '../../support/net/join-streams.ts';
import { callBegins } from '../../wire/pod/pod.ts';

/** Brings calls of the command to connections that an agent has opened for them. */
export interface CarriedCalls {
  /** Passes a call on, or closes it where no agent is connected. Where all connections are in use, it waits for the next. */
  take(call: Duplex): void;
  /** An agent's connection for one call. Nothing may come from it before the call begins. */
  offer(carrier: Duplex): void;
}

/** @param graceMs how long the next connection of an agent is waited for after the last one was used up */
export function carryCalls(graceMs: number): CarriedCalls {
  const idle = new Map<Duplex, () => void>();
  const waiting = new Set<Duplex>();
  /** In use or not. */
  const open = new Set<Duplex>();
  let grace: NodeJS.Timeout | undefined;

  const match = (): void => {
    for (const call of waiting) {
      const [next] = idle;
      if (next === undefined) return;
      const [carrier, use] = next;
      waiting.delete(call);
      idle.delete(carrier);
      use();
      carrier.write(callBegins);
      joinStreams(call, carrier);
    }
  };

  const setGrace = (timer: NodeJS.Timeout | undefined): void => {
    clearTimeout(grace);
    grace = timer;
  };

  const refuse = (): void => {
    setGrace(undefined);
    for (const call of waiting) call.destroy();
  };

  return {
    take(call) {
      if (open.size === 0 && grace === undefined) return void call.destroy();
      waiting.add(call);
      call.once('close', () => waiting.delete(call));
      match();
    },
    offer(carrier) {
      const end = () => void carrier.destroy();
      setGrace(undefined);
      open.add(carrier);
      idle.set(carrier, () => carrier.off('end', end).off('data', end));
      carrier.on('error', end).on('end', end).on('data', end);
      carrier.once('close', () => {
        open.delete(carrier);
        const wasUsed = !idle.delete(carrier);
        if (open.size > 0) return;
        // An agent that is there opens the next connection now; one that closes unused connections has gone.
        if (wasUsed) setGrace(setTimeout(refuse, graceMs).unref());
        else refuse();
      });
      match();
    },
  };
}
