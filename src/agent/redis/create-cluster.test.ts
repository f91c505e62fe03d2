import { expect, test } from 'vitest';
import { createCluster } from './create-cluster.ts';

test('cluster: a command that a former master refuses is sent again', async () => {
  const address = { nodes: [{ host: '127.0.0.1', port: 1 }], isTls: false };
  const cluster = createCluster(address, { name: 'test', retryMs: () => null });
  const done = await new Promise<string>((resolve) => {
    cluster.handleError(
      new Error("READONLY You can't write against a read only replica. script: b7c7, on @user_script:50."),
      {},
      {
        connectionClosed: () => resolve('sent again'),
        defaults: () => resolve('given up'),
        moved: () => resolve('moved'),
        ask: () => resolve('ask'),
        tryagain: () => resolve('try again'),
        clusterDown: () => resolve('cluster down'),
        maxRedirections: () => resolve('too many'),
      },
    );
  });
  cluster.disconnect();
  expect(done).toBe('sent again');
});
