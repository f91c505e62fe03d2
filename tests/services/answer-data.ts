import { Redis } from 'ioredis';
import { inject } from 'vitest';

export interface DataAbstractor {
  /** How many messages it has got. */
  heard(): number;
  disconnect(): void;
}

/** A data abstractor in small: says back what it was asked, late and out of order when a request asks for it. */
export async function answerData(requests: string, responses: string): Promise<DataAbstractor> {
  const subscriber = new Redis(inject('redisUrl'));
  const publisher = subscriber.duplicate();
  let heard = 0;
  subscriber.on('message', (_channel, message) => {
    heard++;
    const { correlation_id, ...query } = JSON.parse(message);
    const reply = JSON.stringify({ correlation_id, success: true, result: query });
    // One that is late may find the test over and the connection closed.
    const publish = () => void publisher.publish(responses, reply).catch(() => undefined);
    setTimeout(publish, Math.random() * Number(query.lateMs ?? 0));
  });
  await subscriber.subscribe(requests);
  return {
    heard: () => heard,
    disconnect() {
      subscriber.disconnect();
      publisher.disconnect();
    },
  };
}
