import type { Redis } from 'ioredis';
import type { Config } from '../../../src/agent/config/config-schema.ts';
import { type Dice, oddText, pick } from './odd-values.ts';

/** Messages that nobody responds to, on the other channels of the agent. */
export async function makeNoise(redis: Redis, config: Config, dice: Dice): Promise<void> {
  const channel = pick(dice, [config.controlChannel, config.eventsChannel, `${config.logsChannel}:x`]);
  const message = pick(dice, [
    ...['hello', '', '{', 'null', '[]', '{"cancel":1}', '{"cancel":"none"}', '{"state":"finished"}'],
    `{"cancel":${JSON.stringify(oddText(dice))}}`,
    '['.repeat(10_000),
  ]);
  await redis.publish(channel, message);
}

/** Reads the events of all executions, as a page in a browser does, until the signal. */
export async function followEvents(url: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url()}/v1/events`, { headers: { accept: 'text/event-stream' }, signal });
      for await (const _ of response.body ?? []);
    } catch {
      // The agent has ended, or it is time to.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
