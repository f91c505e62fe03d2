import type { Redis } from 'ioredis';
import { readJson } from '../support/json/read-json.ts';
import { type ExecutionEvent, executionEventSchema } from '../wire/live.ts';

export type HearEvent = (event: ExecutionEvent) => void;

/** Every change of state in the whole deployment, as agents publish it. */
export interface EventHub {
  /**
   * Nothing that happens after this has resolved is missed. Returns how to stop hearing.
   * @param executionId absent: of all executions
   */
  hear(listener: HearEvent, executionId?: string): Promise<() => void>;
}

/** @param subscriber a connection that subscribes; the channel is subscribed to once somebody wants to hear */
export function createEventHub(subscriber: Redis, channel: string): EventHub {
  const ofAll = new Set<HearEvent>();
  const ofOne = new Map<string, Set<HearEvent>>();
  let subscribed: Promise<unknown> | undefined;

  subscriber.on('message', (from: string, text: string) => {
    if (from !== channel || (ofAll.size === 0 && ofOne.size === 0)) return;
    const { data: event } = readJson(text, executionEventSchema);
    // Anyone who can reach Redis can publish here, also what is not an event.
    if (event === undefined) return;
    for (const listener of [...ofAll, ...(ofOne.get(event.execution_id) ?? [])]) listener(event);
  });

  return {
    async hear(listener, executionId) {
      const listeners = executionId === undefined ? ofAll : (ofOne.get(executionId) ?? new Set());
      if (executionId !== undefined) ofOne.set(executionId, listeners);
      listeners.add(listener);
      const stop = () => {
        listeners.delete(listener);
        if (executionId !== undefined && listeners.size === 0) ofOne.delete(executionId);
      };
      try {
        subscribed ??= subscriber.subscribe(channel);
        await subscribed;
      } catch (error) {
        subscribed = undefined;
        stop();
        throw error;
      }
      return stop;
    },
  };
}
