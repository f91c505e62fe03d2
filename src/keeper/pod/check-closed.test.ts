import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkClosed } from './check-closed.ts';

let server: Server;
let open = '';
let closed = '';

async function listen(): Promise<{ readonly server: Server; readonly address: string }> {
  const listening = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  return { server: listening, address: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

beforeEach(async () => {
  ({ server, address: open } = await listen());
  const other = await listen();
  closed = other.address;
  other.server.close();
  await once(other.server, 'close');
});

afterEach(() => {
  server.close();
});

describe('checkClosed', () => {
  test('accepts a network in which nothing can be connected to', async () => {
    await checkClosed({ canaries: [closed], withinMs: 0 });
  });

  test('names what can be connected to, and the fix', async () => {
    const checked = checkClosed({ canaries: [closed, open], withinMs: 20, pauseMs: 1 });
    await expect(checked).rejects.toThrow(`it can connect to ${open}, so no network policy is in force. Apply`);
  });

  test('waits for a policy that comes into force later', async () => {
    const checked = checkClosed({ canaries: [open], withinMs: 60_000, pauseMs: 1 });
    server.once('connection', () => server.close());
    await checked;
  });

  test('refuses when there is nothing to test with', async () => {
    await expect(checkClosed({ canaries: [] })).rejects.toThrow('nothing is known');
  });
});
