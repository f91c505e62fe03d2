import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { becomesTrue } from '../../../tests/parts/poll.ts';
import { dialPod } from '../../runtimes/kubernetes/connections/dial-pod.ts';
import { forwardPodPorts } from '../../runtimes/kubernetes/connections/forward-pod-ports.ts';
import { type ServedCalls, serveCalls } from '../../runtimes/kubernetes/connections/serve-calls.ts';
import { derivePodKey } from '../../support/net/pod-key.ts';
import { carrierProtocol, type HoldOrder, portProtocol } from '../../wire/pod/pod.ts';
import { placeHold } from '../hold/hold-bench.contract.ts';
import { openClaims } from './agents/claims.ts';
import { type AgentServer, serveAgents } from './agents/serve-agents.ts';
import { openPodConnections, type PodConnections } from './pod-connections.ts';
import { type KeptSteps, keepSteps } from './steps/keep-steps.ts';

const isolation = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const tried = spawnSync('unshare', [...isolation, '--net', 'true'], { encoding: 'utf8' });
const reason =
  tried.status === 0 ? '' : ` (skipped: no namespaces here: ${(tried.stderr ?? String(tried.error)).trim()})`;
const podName = 'x-1';
const key = derivePodKey(Buffer.alloc(32, 1), podName);
const nonce = 'nonce';
const patienceMs = 60_000;

let directory = '';
let program = '';
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pod-connections-'));
  program = await placeHold(directory);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => rm(directory, { recursive: true }));

interface Pod {
  readonly steps: KeptSteps;
  readonly server: AgentServer;
  readonly lineDirectory: string;
  connections: PodConnections;
  /** What the command has written to stdout. */
  stdout(): Promise<string>;
  /** Waits until the command has written that. */
  wrote(text: string): Promise<void>;
}

let pods = 0;

/** A pod whose command is a script for Node.js, in a network of its own. */
async function openPod(script: string): Promise<Pod> {
  pods += 1;
  const [ownDirectory, lineDirectory] = [join(directory, `own-${pods}`), join(directory, `line-${pods}`)];
  for (const each of [ownDirectory, lineDirectory]) await mkdir(each);
  const onTrouble = () => undefined;
  const steps = await keepSteps({
    ownDirectory,
    ordersDirectory: ownDirectory,
    lineDirectory,
    nonce,
    steps: ['step-0'],
    logBytes: 1e6,
    onTrouble,
  });
  closers.push(() => steps.close());
  const connections = await openPodConnections({ lineDirectory, nonce, ask: steps.connect, onTrouble });
  const claims = await openClaims(join(ownDirectory, 'claim.json'));
  const pod: { connections: PodConnections } = { connections };
  const server = await serveAgents({
    host: '127.0.0.1',
    port: 0,
    pod: podName,
    key,
    claims,
    steps,
    measure: async (bounds) => bounds,
    serveData: async () => undefined,
    isEnding: () => false,
    connections: {
      offer: (carrier) => pod.connections.offer(carrier),
      connect: (port) => pod.connections.connect(port),
    },
  });
  closers.push(() => pod.connections.close());
  closers.push(() => server.close());
  const child = spawn('unshare', [...isolation, program, lineDirectory, 'step-0'], {
    env: { EXEC_AGENT_NONCE: nonce, PATH: process.env.PATH },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  closers.push(() => endProcess(child));
  const order: HoldOrder = {
    ownNetwork: true,
    filter: false,
    noNewPrivileges: true,
    servicePort: 9000,
    hidden: [],
    directory: '/',
    limits: [],
    command: [process.execPath, '-e', script],
    variables: ['PATH=/usr/bin:/bin'],
  };
  expect(await steps.start('step-0', order)).toBe('begun');
  const stdout = async () => {
    let all = '';
    for await (const { data } of steps.file('step-0').output(0)) all += data.toString();
    return all;
  };
  const wrote = async (what: string) => {
    expect(await becomesTrue(async () => (await stdout()).includes(what), patienceMs), `wrote ${what}`).toBe(true);
  };
  return Object.assign(pod, { steps, server, lineDirectory, stdout, wrote });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function endOf({ server }: Pod, fence = 1) {
  return { host: '127.0.0.1', port: server.port, pod: podName, key, claim: { execution: 'e', fence } };
}

function serve(pod: Pod, onConnection: (socket: Socket) => void, fence = 1): ServedCalls {
  const served = serveCalls({
    dial: (signal) => dialPod(endOf(pod, fence), '/carrier', carrierProtocol, signal),
    onConnection,
    onTrouble: () => undefined,
  });
  closers.push(() => served.close());
  return served;
}

/** Answers with what it was sent once that has ended. */
function repeat(socket: Socket, onSaid: (text: string) => void = () => undefined): void {
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
  });
  socket.on('end', () => {
    onSaid(said);
    socket.end(`you said ${said}`);
  });
}

/** For the command: `call(text)` sends a text, ends its half, and resolves with the answer, or `refused` for an error. */
const client = `
const net = require('node:net');
const call = (text, port = 9000) => new Promise((resolve) => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let all = '';
  socket.on('data', (chunk) => { all += chunk; });
  socket.on('end', () => resolve(all));
  socket.on('error', () => resolve('refused'));
  socket.end(text);
});
`;
/** Calls until the outcome is as wanted; the command has no other way to see what happens outside. */
const until = `
const until = async (wanted) => {
  for (;;) {
    const outcome = await call('x');
    if (wanted(outcome)) return console.log('outcome', outcome);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
`;

describe.skipIf(reason !== '')(`connections of a pod${reason}`, () => {
  test('services: a call reaches the agent, and each direction ends by itself', async () => {
    const pod = await openPod(
      `${client} process.stdin.resume(); setInterval(() => undefined, 1e6);
       (async () => { for (;;) { const answer = await call('hello'); if (answer.startsWith('you')) return console.log(answer); } })()`,
    );
    serve(pod, (socket) => repeat(socket));
    await pod.wrote('you said hello\n');
  });

  test('services: many calls at once are all answered', async () => {
    const pod = await openPod(
      `${client} ${until} (async () => {
        await until((outcome) => outcome.startsWith('you'));
        const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => call('call ' + index)));
        console.log('right', answers.filter((answer, index) => answer === 'you said call ' + index).length);
      })()`,
    );
    serve(pod, (socket) => repeat(socket));
    await pod.wrote('right 100\n');
  });

  test('services: bytes come whole both ways, and a reader that does not read holds up the writer', async () => {
    const total = 64 * 1024 ** 2;
    const pod = await openPod(
      `const net = require('node:net'), { createHash } = require('node:crypto');
       const hash = createHash('sha256'), back = createHash('sha256');
       const piece = Buffer.alloc(1024 ** 2);
       const begin = () => {
         const socket = net.connect({ port: 9000, host: '127.0.0.1', allowHalfOpen: true });
         socket.on('error', () => setTimeout(begin, 20));
         socket.once('data', () => {
           let sent = 0;
           const more = () => {
             if (sent === ${total}) return socket.end();
             piece.fill(sent / piece.length);
             const copy = Buffer.from(piece);
             hash.update(copy);
             sent += copy.length;
             socket.write(copy, () => { console.log('sent', sent); more(); });
           };
           socket.on('data', (chunk) => back.update(chunk));
           socket.on('end', () => console.log('hashes', hash.digest('hex'), back.digest('hex')));
           more();
         });
       };
       begin();`,
    );
    const received = createHash('sha256');
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    serve(pod, (socket) => {
      socket.on('error', () => undefined);
      socket.write('+');
      void released.then(() => {
        socket.on('data', (chunk) => received.update(chunk));
        socket.pipe(socket);
      });
    });
    const sent = async () => Number([...(await pod.stdout()).matchAll(/sent (\d+)/g)].at(-1)?.[1] ?? 0);
    let before = -1;
    const stalls = async () => {
      const now = await sent();
      const isStalled = now > 0 && now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return isStalled;
    };
    expect(await becomesTrue(stalls, patienceMs)).toBe(true);
    expect(await sent()).toBeLessThan(total);
    release();
    await pod.wrote('hashes');
    const [, there, back] = /hashes (\w+) (\w+)/.exec(await pod.stdout()) ?? [];
    expect([there, back]).toEqual([received.digest('hex'), there]);
  });

  test('services: calls are refused without an agent, and answered once there is one', async () => {
    const pod = await openPod(
      `${client} ${until} until((outcome) => outcome === 'refused').then(() => until((outcome) => outcome.startsWith('you')))`,
    );
    await pod.wrote('outcome refused\n');
    serve(pod, (socket) => repeat(socket));
    await pod.wrote('outcome you said x\n');
  });

  test('services: calls are refused after the agent has left, and go to the next one', async () => {
    const pod = await openPod(
      `${client} ${until} (async () => {
        await until((outcome) => outcome.startsWith('you'));
        await until((outcome) => outcome === 'refused');
        await until((outcome) => outcome === 'second');
      })()`,
    );
    const first = serve(pod, (socket) => repeat(socket));
    await pod.wrote('outcome you said x\n');
    first.close();
    await pod.wrote('outcome refused\n');
    serve(pod, (socket) => void socket.resume().end('second'), 2);
    await pod.wrote('outcome second\n');
  });

  test('services: an agent with a higher fence cuts what another has open', async () => {
    const pod = await openPod(
      `${client} ${until} (async () => {
        await until((outcome) => outcome !== 'refused');
        await until((outcome) => outcome === 'second');
      })()`,
    );
    let opened: Socket | undefined;
    let isCut = false;
    serve(pod, (socket) => {
      // Never answered: the call is over only when it is cut.
      opened = socket.resume();
      socket.on('close', () => {
        isCut = true;
      });
      socket.on('end', () => socket.destroy());
    });
    expect(await becomesTrue(() => opened !== undefined, patienceMs)).toBe(true);
    serve(pod, (socket) => void socket.resume().end('second'), 2);
    await pod.wrote('outcome second\n');
    expect(await becomesTrue(() => isCut, patienceMs)).toBe(true);
  });

  test('services: what a command sends as its last act arrives', async () => {
    const pod = await openPod(
      `${client} ${until} (async () => {
        await until((outcome) => outcome.startsWith('you'));
        const socket = net.connect(9000, '127.0.0.1', () => socket.write('last words', () => process.exit(3)));
      })()`,
    );
    const heard: string[] = [];
    serve(pod, (socket) => repeat(socket, (said) => heard.push(said)));
    expect(await pod.steps.ended('step-0')).toMatchObject({ kind: 'exited', code: 3 });
    expect(await becomesTrue(() => heard.includes('last words'), patienceMs), String(heard)).toBe(true);
  });

  test('services: a new keep serves calls where the one before was killed', async () => {
    const pod = await openPod(
      `${client} ${until} (async () => {
        await until((outcome) => outcome.startsWith('you'));
        await until((outcome) => outcome === 'refused');
        await until((outcome) => outcome.startsWith('you'));
        console.log('served again');
      })()`,
    );
    serve(pod, (socket) => repeat(socket));
    await pod.wrote('outcome you said x\n');
    await pod.connections.close();
    await pod.wrote('outcome refused\n');
    pod.connections = await openPodConnections({
      lineDirectory: pod.lineDirectory,
      nonce,
      ask: pod.steps.connect,
      onTrouble: () => undefined,
    });
    serve(pod, (socket) => repeat(socket), 2);
    await pod.wrote('served again\n');
  });

  test('ports: a connection reaches the command, and each direction ends by itself', async () => {
    const pod = await openPod(
      `require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
         let all = '';
         socket.on('data', (chunk) => { all += chunk; }).on('end', () => socket.end('got ' + all));
       }).listen(8080, '127.0.0.1', () => console.log('listening'));`,
    );
    await pod.wrote('listening\n');
    const host = await freePort();
    const ports = [{ container: 8080, host }];
    const dial = (port: number, signal: AbortSignal) => dialPod(endOf(pod), `/ports/${port}`, portProtocol, signal);
    const forwarding = await forwardPodPorts({ ports, dial });
    closers.push(forwarding.close);
    const asked = Array.from({ length: 20 }, async (_, index) => {
      const socket = connect({ port: host, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(`request ${index}`);
      return text(socket);
    });
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, index) => `got request ${index}`));
    await expect(forwardPodPorts({ ports, dial })).rejects.toThrow(`Port ${host} cannot be opened`);
  });

  test('ports: a connection to a port that nothing listens on is closed, and so is one before the command runs', async () => {
    const pod = await openPod(`setInterval(() => undefined, 1e6); console.log('runs')`);
    await pod.wrote('runs\n');
    const { signal } = new AbortController();
    await expect(dialPod(endOf(pod), '/ports/8080', portProtocol, signal)).rejects.toThrow();
    await expect(dialPod(endOf(pod), '/ports/0', portProtocol, signal)).rejects.toThrow();
    pod.steps.signal('step-0', 9);
    await pod.steps.ended('step-0');
    await expect(dialPod(endOf(pod), '/ports/8080', portProtocol, signal)).rejects.toThrow();
  });

  test('hold: takes only the connections that begin with its nonce, and outlives any others', async () => {
    const line = join(directory, 'guarded');
    await mkdir(line);
    const connections = await openPodConnections({
      lineDirectory: line,
      nonce,
      ask: () => false,
      onTrouble: () => undefined,
    });
    closers.push(() => connections.close());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        const socket = connect(join(line, 'call.sock'));
        socket.on('error', () => undefined);
        socket.resume().end(Buffer.from(bytes));
        await once(socket, 'close');
      }),
      { numRuns: 100 },
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
