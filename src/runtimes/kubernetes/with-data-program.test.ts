import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openChannels } from '../../support/channels/open-channels.ts';
import { toExecError } from '../../support/exec-error.ts';
import type { Sources } from '../runtime.ts';
import { reasonToWait } from '../runtime-away.ts';
import { createDataProgramRunner } from './with-data-program.ts';

const never = new AbortController().signal;
const refuse = () => Promise.reject(new Error('nothing is asked for here'));
const sources: Sources = {
  open: refuse,
  list: () => Readable.from([]),
  put: refuse,
  defaultBucket: 'b',
  limits: {
    ...{ inputBytes: 1, inputFiles: 1, concurrency: 1, fileContentBytes: 1, messageBytes: 1, outputBytes: 1 },
    ...{ outputFiles: 1, outputDepth: 1, graphBytes: 1, presignSeconds: 0 },
  },
};
const nothing = { files: [], missing: [], uploads: [], failures: [], warnings: [] };

/** A keep that crashes in the middle of its first tasks, and is started again after each. */
async function openKeep(crashes: number) {
  let tasks = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    openChannels(socket, {
      side: 'even',
      onChannel(channel) {
        tasks += 1;
        if (tasks <= crashes) return void socket.destroy();
        void channel.reply({});
        channel.output.end(JSON.stringify(nothing));
      },
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const line = {
    async openData() {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
  };
  return {
    runner: createDataProgramRunner(line, sources),
    tasks: () => tasks,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('createDataProgramRunner', () => {
  test('outputs are collected again when keep crashed meanwhile', async () => {
    await using keep = await openKeep(2);
    const collected = await keep.runner.read(never, (program) => program.collect(new Map(), [], never));
    expect({ collected, tasks: keep.tasks() }).toMatchObject({ collected: nothing, tasks: 3 });
  });

  test('an execution whose keep crashed while inputs were staged begins anew', async () => {
    await using keep = await openKeep(1);
    const work = keep.runner.change(never, (program) => program.stage(new Map(), [], never));
    const error = toExecError(await work.catch((reason: unknown) => reason));
    expect(reasonToWait(error)).toBe('runtime away');
    expect(keep.tasks()).toBe(1);
  });

  test('what keep refuses is not repeated', async () => {
    await using keep = await openKeep(0);
    let calls = 0;
    const work = keep.runner.read(never, () => {
      calls += 1;
      return Promise.reject(new Error('too large'));
    });
    await expect(work).rejects.toThrow('too large');
    expect(calls).toBe(1);
  });
});
