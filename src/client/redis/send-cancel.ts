import type { ClientRedis } from './connect-redis.ts';

/** Entries that agents have not read, about; more are only kept while no agent runs. */
const mostKept = 10_000;

/**
 * Cancels an execution, by correlation id or execution id. The stream keeps the cancel until an agent has put it into the record; the
 * message is heard sooner, by all agents.
 */
export async function sendCancel(redis: ClientRedis, controlChannel: string, id: string): Promise<void> {
  const text = JSON.stringify({ cancel: id });
  await redis.xadd(controlChannel, 'MAXLEN', '~', mostKept, '*', 'control', text);
  await redis.publish(controlChannel, text);
}
