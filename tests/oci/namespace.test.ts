import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forwardPorts } from '../../src/runtimes/network/forward-ports.ts';
import { listenInNamespace } from '../../src/runtimes/network/listen-in-namespace.ts';
import { createNamespacePool } from '../../src/runtimes/network/namespace-pool.ts';
import { findNetworkTools, type NetworkTools } from '../../src/runtimes/network/network-tools.ts';
import { createOwnNamespaces, type OwnNamespaces } from '../../src/runtimes/network/own-namespaces.ts';
import { createOwners } from '../../src/support/processes/owners.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { becomesTrue } from '../parts/poll.ts';
import { findFreePort } from '../parts/processes/free-port.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';

const timeoutMs = 30_000;
const { signal } = new AbortController();

describeWith('oci', 'a network namespace with nothing in it', () => {
  let directory: string;
  let tools: NetworkTools;
  let namespaces: OwnNamespaces;
  const closers: (() => Promise<unknown> | unknown)[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'netns-'));
    tools = await findNetworkTools(process.env.PATH ?? '');
    const owners = createOwners(`${directory}-owners`);
    closers.push(owners.close);
    namespaces = createOwnNamespaces({ directory, owners, tools: async () => tools, timeoutMs });
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    expect(await boundIn(directory), 'namespaces left behind').toEqual([]);
    expect(await readdir(directory)).toEqual([]);
    expect(await helpers()).toEqual([]);
    await rm(directory, { recursive: true });
    // A process that was killed leaves its socket there.
    await rm(`${directory}-owners`, { recursive: true, force: true });
  });

  async function make() {
    const made = await namespaces.make(signal);
    closers.push(() => made.remove());
    return made;
  }

  async function listen(netns: string, answer: string, port = 9000): Promise<Server> {
    const server = await listenInNamespace({ tools, netns, port, timeoutMs, signal });
    server.on('connection', (socket) => socket.on('error', () => undefined).end(answer));
    closers.push(() => server.close());
    return server;
  }

  /** What a client in the namespace reads there: the answer, or why there is none. */
  const ask = (netns: string, host: string, port: number) =>
    runCommand('nsenter', `--net=${netns}`, process.execPath, '-e', client, host, String(port));

  it('is heard by a server of this process, and leaves no helper', async () => {
    const { path } = await make();
    await listen(path, 'from outside');
    expect(await helpers()).toEqual([]);
    expect(await ask(path, '127.0.0.1', 9000)).toBe('from outside');
    expect(await ask(path, '127.0.0.1', 9001)).toBe('ECONNREFUSED');
    // The port is taken on no host: the same client out here finds nothing, or another's.
    expect(await runCommand(process.execPath, '-e', client, '127.0.0.1', '9000')).not.toBe('from outside');
  });

  it('reaches nothing of this machine, though what it tries is open', async () => {
    const { path } = await make();
    const outside = createServer((socket) => socket.end('secret'));
    outside.listen(0, '0.0.0.0');
    await once(outside, 'listening');
    closers.push(() => outside.close());
    const address = outside.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address: host }) => host);
    expect(own).toContain('127.0.0.1');
    for (const host of own) {
      expect(await runCommand(process.execPath, '-e', client, host, String(port)), host).toBe('secret');
      expect(await ask(path, host, port), host).toMatch(/^(ECONNREFUSED|ENETUNREACH)$/);
    }
    const devices = await runCommand('nsenter', `--net=${path}`, 'cat', '/proc/net/dev');
    expect(devices.split('\n').flatMap((line) => /^\s*(\w+):/.exec(line)?.[1] ?? [])).toEqual(['lo']);
  });

  it('never sees another: the same port is another server in each', async () => {
    const [one, other] = await Promise.all([make(), make()]);
    await listen(one.path, 'one');
    await listen(other.path, 'other');
    await listen(one.path, 'only one has this', 9001);
    expect(await ask(one.path, '127.0.0.1', 9000)).toBe('one');
    expect(await ask(other.path, '127.0.0.1', 9000)).toBe('other');
    expect(await ask(one.path, '127.0.0.1', 9001)).toBe('only one has this');
    expect(await ask(other.path, '127.0.0.1', 9001)).toBe('ECONNREFUSED');
  });

  it('serves clients that were there before it and tried all the time', async () => {
    const { path } = await make();
    const said = Array.from({ length: 8 }, () => '');
    for (const index of said.keys()) {
      const child = spawn('nsenter', [`--net=${path}`, process.execPath, '-e', eagerClient]);
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        said[index] += more;
      });
      closers.push(() => child.kill('SIGKILL'));
    }
    expect(await becomesTrue(() => said.every((text) => text === 'refused, '), timeoutMs)).toBe(true);
    const onConnection = (socket: Socket) => void socket.on('error', () => undefined).end('served');
    const server = await listenInNamespace({ tools, netns: path, port: 9000, onConnection, timeoutMs, signal });
    closers.push(() => server.close());
    await becomesTrue(() => said.every((text) => text.endsWith('served')), timeoutMs);
    expect(said).toEqual(said.map(() => 'refused, served'));
  });

  it('says why there can be no server', async () => {
    const { path } = await make();
    await listen(path, 'first');
    const again = listenInNamespace({ tools, netns: path, port: 9000, timeoutMs, signal });
    await expect(again).rejects.toThrow(/Cannot listen on 127\.0\.0\.1:9000 .*EADDRINUSE/);
    const nowhere = listenInNamespace({ tools, netns: join(directory, 'none'), port: 9000, timeoutMs, signal });
    await expect(nowhere).rejects.toThrow(/cannot open .*No such file/);
    const controller = new AbortController();
    const stopped = listenInNamespace({ tools, netns: path, port: 9002, timeoutMs, signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await expect(stopped).rejects.toThrow('no longer wanted');
  });

  it('is reached through the host ports that are forwarded into it, and through no other', async () => {
    const { path } = await make();
    const inside = await listenInNamespace({ tools, netns: path, port: 8000, timeoutMs, signal });
    inside.on('connection', answerAfterEnd);
    Object.assign(inside, { allowHalfOpen: true });
    closers.push(() => inside.close());
    const host = await findFreePort();
    const ports = [{ container: 8000, host }];
    const request = { tools, netns: path, ports, maxConnections: 16, timeoutMs, signal };
    const forwarding = await forwardPorts(request);
    closers.push(() => forwarding.close());
    const socket = connect({ host: '127.0.0.1', port: host, allowHalfOpen: true });
    socket.end('hello');
    expect(await text(socket)).toBe('heard hello');
    await expect(forwardPorts(request)).rejects.toThrow(new RegExp(`Port ${host} cannot be opened .*network\\.ports`));
    await forwarding.close();
    expect(await runCommand(process.execPath, '-e', client, '127.0.0.1', String(host))).toBe('ECONNREFUSED');
  });

  it('is ready before it is asked for, is used once, and is gone with its pool', async () => {
    const pool = createNamespacePool({
      make: async (ending) => {
        const made = await namespaces.make(ending);
        const server = await listenInNamespace({ tools, netns: made.path, port: 9000, timeoutMs, signal: ending });
        return { ...made, server, remove: () => made.remove().finally(() => server.close()) };
      },
      size: 2,
      makeAtOnce: 1,
      retryMs: 100,
      keepIdleMs: 60_000,
      logger: createSilentLogger(),
    });
    const first = await pool.take(signal);
    expect(await becomesTrue(() => pool.counts().ready === 2, timeoutMs)).toBe(true);
    const second = await pool.take(signal);
    expect(second.path).not.toBe(first.path);
    second.server.on('connection', (socket) => socket.end('second'));
    expect(await ask(second.path, '127.0.0.1', 9000)).toBe('second');
    expect(await becomesTrue(() => pool.counts().ready === 2, timeoutMs)).toBe(true);
    expect(await boundIn(directory)).toHaveLength(4);
    await Promise.all([first.remove(), second.remove(), pool.close()]);
  });

  it('is found again, or swept, after its agent was killed', async () => {
    const executionId = 'b5c6cdb6-6f0f-4f2c-9d7c-0d3f7f3b7a55';
    const hostPort = await findFreePort();
    const agent = spawn(process.execPath, ['--import', 'tsx', holder, directory, executionId, String(hostPort)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closers.push(() => agent.kill('SIGKILL'));
    const { claimed, ready } = JSON.parse(await firstLine(agent));
    expect(await helpers('forward-helper')).toHaveLength(1);
    // While its agent lives, a ready one is nobody else's to take away.
    expect(await namespaces.sweep(async (id) => id === executionId)).toEqual([]);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    expect(await becomesTrue(async () => (await helpers('forward-helper')).length === 0, timeoutMs)).toBe(true);
    expect(await namespaces.sweep(async (id) => id === executionId)).toEqual([{ id: ready }]);
    const found = await namespaces.find(claimed);
    await listen(found?.path ?? '', 'again');
    expect(await ask(found?.path ?? '', '127.0.0.1', 9000)).toBe('again');
    expect(await namespaces.sweep(async () => false)).toEqual([{ id: claimed, executionId }]);
    expect(await namespaces.find(claimed)).toBeUndefined();
  });

  async function boundIn(path: string): Promise<readonly string[]> {
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    return mounts.split('\n').filter((line) => line.includes(` ${path}/`));
  }

  /** Our scripts that still run, of all processes that use this test's directory or descend from this process. */
  async function helpers(script = '-helper.cjs'): Promise<readonly string[]> {
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const line = command.replaceAll('\0', ' ');
      const isOurs = await sharesNamespace(pid);
      if (line.includes(script) && isOurs) found.push(`${pid}: ${line}`);
    }
    return found;
  }

  /** Whether the process was started below this checkout, not by another run of these tests. */
  async function sharesNamespace(pid: string): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === process.pid) return true;
    const above = await readFile(`/proc/${parent}/cmdline`, 'utf8').catch(() => '');
    return above.includes(directory) || parent === 1;
  }

  it('owners: an agent in another PID namespace with the same directory sees that this one lives, and when it has ended', async () => {
    const owners = createOwners(`${directory}-owners`);
    const mark = await owners.mark();
    const judgeFrom = (place: string) =>
      runCommand(
        tools.unshare,
        ...['--pid', '--fork', '--mount-proc', process.execPath, '--import', import.meta.resolve('tsx'), judge],
        ...[place, JSON.stringify(mark)],
      );
    try {
      expect(await judgeFrom(`${directory}-owners`)).toBe('true');
      expect(await judgeFrom(`${directory}-elsewhere`)).toBe('false');
    } finally {
      await owners.close();
    }
    expect(await judgeFrom(`${directory}-owners`)).toBe('false');
  });
});

const judge = fileURLToPath(new URL('../parts/processes/judge-owner.ts', import.meta.url));
const holder = fileURLToPath(new URL('../parts/processes/hold-namespaces.ts', import.meta.url));

/** Answers only once its client has ended its half of the connection. */
function answerAfterEnd(socket: Socket): void {
  let heard = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    heard += piece;
  });
  socket.on('end', () => socket.end(`heard ${heard}`));
}

const client = `
  const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]) });
  socket.on('error', (error) => process.stdout.write(error.code));
  socket.pipe(process.stdout);
`;

const eagerClient = `
  let text = '';
  const tell = (word) => process.stdout.write(word);
  process.once('refused', () => tell('refused, '));
  const attempt = () => {
    const socket = require('node:net').connect(9000, '127.0.0.1');
    socket.on('error', () => process.emit('refused')).on('data', (data) => { text += data; });
    socket.on('close', () => (text === '' ? setImmediate(attempt) : tell(text)));
  };
  attempt();
`;

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let line = '';
  for await (const piece of stdout ?? []) {
    line += piece;
    if (line.includes('\n')) return line;
  }
  throw new Error(`it said only ${JSON.stringify(line)}`);
}
