import type { AnyRedis } from '../support/any-redis.ts';
import { hearChannel, textWithin } from '../support/hear-channel.ts';
import { readJson } from '../support/json/read-json.ts';
import { type ExecutionEvent, executionEventSchema } from '../wire/live.ts';

export type OnEvent = (event: ExecutionEvent) => void;

/** More than the longest event of an execution has. */
const maxEventBytes = 1024 ** 2;

/** Every change of state in the whole deployment, as agents publish it. */
export interface EventHub {
  /**
   * Nothing that happens after this has resolved is missed. Returns a function that ends the subscription.
   * @param executionId absent: of all executions
   */
  subscribe(listener: OnEvent, executionId?: string): Promise<() => void>;
}

/** @param subscriber a connection that subscribes; the channel is subscribed to with the first listener */
export function createEventHub(subscriber: AnyRedis, channel: string): EventHub {
  const ofAll = new Set<OnEvent>();
  const ofOne = new Map<string, Set<OnEvent>>();
  let subscribed: Promise<unknown> | undefined;

  hearChannel(subscriber, channel, (message) => {
    if (ofAll.size === 0 && ofOne.size === 0) return;
    const { data: event } = readJson(textWithin(message, maxEventBytes) ?? '', executionEventSchema);
    // Anyone who can reach Redis can publish here, also what is not an event.
    if (event === undefined) return;
    for (const listener of [...ofAll, ...(ofOne.get(event.execution_id) ?? [])]) listener(event);
  });

  return {
    async subscribe(listener, executionId) {
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
