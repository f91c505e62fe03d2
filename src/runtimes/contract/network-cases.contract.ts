import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { handleSchema } from '../../wire/record/record.ts';
import type { SandboxNetwork } from '../runtime.ts';
import {
  type Check,
  createContainer,
  failureOf,
  follow,
  inSandbox,
  never,
  type RuntimeBench,
  specOf,
  startContainer,
  untilLogged,
} from './bench.contract.ts';

const port = 9000;
const settleMs = 10_000;

export function networkCases(check: Check): void {
  check(
    'servesContainers: reports that sandboxes can be served here, and the trial leaves nothing where none are kept ready',
    async (bench) => {
      expect(await bench.runtime.servesContainers('contract', never)).toEqual({ ok: true });
      await expect.poll(() => bench.leftovers(), { timeout: settleMs }).toEqual([]);
    },
  );

  check('network: containers reach the service proxy of their sandbox by its name, and nothing else', async (bench) => {
    await withHostServer(async (hostPort) => {
      const tries = [
        `wget -q -O - http://host.docker.internal:${port}/`,
        `wget -q -O - http://127.0.0.1:${port}/`,
        ...addressesOfHost().map((address) => `nc -w 2 ${address} ${hostPort} || echo refused`),
        'nc -w 2 169.254.169.254 80 || echo refused',
        `wget -q -T 2 -O - http://127.0.0.1:${port + 1}/ || echo refused`,
      ];
      const script = tries.map((line) => `${line} 2>/dev/null; echo`).join('\n');
      const { stdout } = await serve(bench, { mode: 'none', ports: [], onConnection: answering('served') }, script);
      expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
        'served',
        'served',
        ...tries.slice(2).map(() => 'refused'),
      ]);
      // A driver that assigns no networks counts none.
      const counts = bench.runtime.networkCounts?.();
      if (counts !== undefined) expect(counts.takenReady + counts.waitedFor).toBeGreaterThan(0);
    });
  });

  check('without anybody who serves it nothing listens, though ports are forwarded', async (bench) => {
    const hostPort = await freePort();
    const network = { mode: 'none', ports: [{ container: 8000, host: hostPort }] } as const;
    await inSandbox(bench.runtime, { network }, async (sandbox) => {
      const script = `wget -q -T 2 -O - http://127.0.0.1:${port}/ || echo refused; echo ready; echo inside | nc -l -p 8000`;
      const container = await startContainer(bench, sandbox, { script });
      const heard = await untilLogged(container, 'ready');
      expect(heard.map(({ data }) => Buffer.from(data).toString()).join('')).toContain('refused');
      expect(await answerUntil(hostPort, 'inside\n')).toBe('inside\n');
      expect((await container.wait(never)).code).toBe(0);
      const taken = await failureOf(bench.runtime.openSandbox(specOf({ network }), never));
      expect(taken).toMatchObject({ code: 'START_FAILED', message: expect.stringContaining(`Port ${hostPort}`) });
    });
    await (await listening(hostPort)).close();
    expect(await bench.leftovers()).toEqual([]);
  });

  check('two sandboxes at once never meet', async (bench) => {
    const ask = `wget -q -O - http://host.docker.internal:${port}/`;
    const meet = 'for i in $(seq 100); do nc -w 1 127.0.0.1 8000 && break; sleep 0.1; done 2>/dev/null';
    const script = `echo secret | nc -l -p 8000 & for i in $(seq 20); do ${ask}; done; ${meet}`;
    const outputs = await Promise.all(
      ['one', 'two'].map((name) => serve(bench, { mode: 'none', ports: [], onConnection: answering(name) }, script)),
    );
    expect(outputs.map(({ stdout }) => stdout)).toEqual([`${'one'.repeat(20)}secret\n`, `${'two'.repeat(20)}secret\n`]);
  });

  check('another agent serves it again, and forwards its ports', async (bench) => {
    const hostPort = await freePort();
    const ports = [{ container: 8000, host: hostPort }];
    const first = await bench.restart();
    const spec = specOf({ network: { mode: 'none', ports, onConnection: answering('first') } });
    const sandbox = await first.openSandbox(spec, never);
    const ask = `wget -q -O - http://host.docker.internal:${port}/`;
    const script = `${ask}; echo; nc -l -p 8000; until ${ask}; do sleep 0.05; done 2>/dev/null`;
    const container = await createContainer(bench, sandbox, { script }, first);
    await container.start();
    await untilLogged(container, 'first');
    await first.close();
    const network = { mode: 'none', ports, onConnection: answering('second') } as const;
    const found = await bench.runtime.recoverSandbox(plain(sandbox.handle), { network, fence: 1 });
    expect(found?.losses).toBeUndefined();
    const again = await found?.recoverContainer(plain(container.handle));
    if (found === undefined || again === undefined) throw new Error('the sandbox was not found again');
    expect(await answerUntil(hostPort, '', 'from outside')).toBe('');
    expect((await follow(again)).stdout).toBe('first\nfrom outside\nsecond');
    await found.remove();
    expect(await bench.leftovers()).toEqual([]);
  });

  check('a container that was created and never started joins its network from another agent', async (bench) => {
    const first = await bench.restart();
    const spec = specOf({ network: { mode: 'none', ports: [], onConnection: answering('first') } });
    const sandbox = await first.openSandbox(spec, never);
    const script = `wget -q -O - http://host.docker.internal:${port}/`;
    const container = await createContainer(bench, sandbox, { script }, first);
    await first.close();
    const network = { mode: 'none', ports: [], onConnection: answering('second') } as const;
    const found = await bench.runtime.recoverSandbox(plain(sandbox.handle), { network, fence: 1 });
    const again = await found?.recoverContainer(plain(container.handle));
    if (again === undefined) throw new Error('the container was not found again');
    await again.start();
    expect((await follow(again)).stdout).toBe('second');
    await found?.remove();
  });

  check('a sweep removes the networks of unknown executions and no others', async (bench) => {
    const network = { mode: 'none', ports: [], onConnection: answering('known') } as const;
    await inSandbox(bench.runtime, { network }, async (known, { executionId, deployment }) => {
      const unknown = specOf({ network });
      const lost = await bench.runtime.openSandbox(unknown, never);
      const swept = await bench.runtime.sweep(deployment, async (id) => id === executionId);
      const what = bench.runtime.networkCounts === undefined ? 'container' : 'network';
      expect(swept).toContainEqual({ executionId: unknown.executionId, what });
      expect(swept.every((each) => each.executionId === unknown.executionId)).toBe(true);
      await lost.remove();
      const script = `wget -q -O - http://host.docker.internal:${port}/`;
      expect((await follow(await startContainer(bench, known, { script }))).stdout).toBe('known');
    });
    expect(await bench.leftovers()).toEqual([]);
  });
}

function serve(bench: RuntimeBench, network: SandboxNetwork, script: string) {
  return inSandbox(bench.runtime, { network }, async (sandbox) =>
    follow(await startContainer(bench, sandbox, { script })),
  );
}

/** Speaks just enough HTTP for wget. */
function answering(word: string): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\ncontent-length: ${word.length}\r\n\r\n${word}`));
  };
}

/** What can be reached on this machine from outside of a sandbox, and is. */
async function withHostServer(body: (hostPort: number) => Promise<void>): Promise<void> {
  const { server, close } = await listening(0, (socket) => socket.end('secret'));
  try {
    const address = server.address();
    const hostPort = typeof address === 'object' && address !== null ? address.port : 0;
    for (const host of addressesOfHost()) expect(await text(connect(hostPort, host))).toBe('secret');
    await body(hostPort);
  } finally {
    await close();
  }
}

async function listening(onPort: number, onConnection?: (socket: Socket) => void) {
  const server: Server = createServer(onConnection);
  server.listen(onPort, '0.0.0.0');
  await once(server, 'listening');
  return { server, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

export async function freePort(): Promise<number> {
  const { server, close } = await listening(0);
  const address = server.address();
  await close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function addressesOfHost(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

/** Retries until the listener behind the port responds as expected. */
async function answerUntil(hostPort: number, expected: string, say = ''): Promise<string> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const socket = connect({ port: hostPort, host: '127.0.0.1', allowHalfOpen: true });
    if (say !== '') socket.end(`${say}\n`);
    const heard = await hear(socket).catch(() => 'nobody');
    if (heard === expected) return heard;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return 'nobody listens';
}

/** All that comes; a server that sees our end before it has sent anything may leave without a word. */
async function hear(socket: Socket): Promise<string> {
  let heard = '';
  for await (const piece of socket) {
    heard += piece;
    socket.end();
  }
  return heard;
}

function plain(handle: unknown) {
  return handleSchema.parse(JSON.parse(JSON.stringify(handle)));
}
