import { randomUUID } from 'node:crypto';

/** Names of one suite's own on the Redis that all of them share. */
export function testChannels(suite: string) {
  const name = `${suite}-${randomUUID()}`;
  return {
    requestChannel: `${name}:requests`,
    responseChannel: `${name}:responses`,
    controlChannel: `${name}:control`,
    keyPrefix: name,
  };
}
