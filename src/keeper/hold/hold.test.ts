import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldOrder } from '../../wire/pod/pod.ts';
import { placeHold, plainOrder } from './hold-bench.contract.ts';
import { decodeEvent, type HoldEvent } from './hold-events.ts';
import { type HoldHandle, listenForHolds } from './hold-line.ts';
import { encodeOrder } from './hold-order.ts';

const execute = promisify(execFile);

// A first process of its own namespace, as in a container; what it may kill is in there with it.
const isolation = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const tried = spawnSync('unshare', [...isolation, 'true'], { encoding: 'utf8' });
const reason =
  tried.status === 0 ? '' : ` (skipped: no namespaces here: ${(tried.stderr ?? String(tried.error)).trim()})`;
const nonce = 'a nonce of the test';

let directory = '';
let program = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hold-'));
  program = await placeHold(directory);
});

afterAll(() => rm(directory, { recursive: true }));

/** The user nobody, without capabilities. */
const nobody = { uid: 65_534, gid: 65_534, additionalGids: [7, 8], capabilities: [] };

interface Run {
  readonly events: readonly HoldEvent[];
  readonly numbers: readonly bigint[];
  readonly stdout: string;
  readonly stderr: string;
  readonly end: HoldEvent | undefined;
  readonly exitCode: number | null;
}

interface Playing {
  /** Called for each event before it is acknowledged; true cuts the connection and loses the acknowledgement. */
  readonly cutsAt?: (event: HoldEvent, number: bigint) => boolean;
  /** The event is written down before the connection is cut. */
  readonly keepsBeforeCut?: boolean;
  readonly onEvent?: (event: HoldEvent, hold: HoldHandle, child: ChildProcess) => void;
}

let runs = 0;

/** Plays `keep` for one `hold`. */
async function run(
  changes: Partial<HoldOrder>,
  { cutsAt, keepsBeforeCut = false, onEvent }: Playing = {},
): Promise<Run> {
  runs += 1;
  const line = join(directory, `line-${runs}`);
  await mkdir(line);
  const events: HoldEvent[] = [];
  const numbers: bigint[] = [];
  let hold: HoldHandle | undefined;
  let cut: () => Promise<void> = async () => undefined;
  const child = spawn('unshare', [...isolation, program, line, 'step-0'], {
    env: { EXEC_AGENT_NONCE: nonce, PATH: process.env.PATH, SECRET_OF_THE_POD: 'x' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  const listen = async (): Promise<void> => {
    const opened = await listenForHolds({
      directory: line,
      nonce,
      newestOf: () => numbers.at(-1) ?? 0n,
      onTrouble: () => undefined,
      onHello: ({ state }, handle) => {
        hold = handle;
        if (state === 'waiting') handle.order({ ...plainOrder, ...changes });
        if (state === 'ready') handle.go();
      },
      async onEvent(_, { kind, number, body }) {
        const event = decodeEvent(kind, body);
        const isCut = cutsAt?.(event, number) === true;
        if (!isCut || keepsBeforeCut) {
          events.push(event);
          numbers.push(number);
        }
        if (isCut) {
          const wasOpen = opened;
          setImmediate(() => wasOpen.close().then(listen, () => undefined));
          throw new Error('cut by the test');
        }
        if (event.kind === 'ready') hold?.go();
        if (hold !== undefined) onEvent?.(event, hold, child);
      },
    });
    cut = () => opened.close();
  };
  await listen();
  const [exitCode] = await exited;
  await cut();
  const text = (stream: string) =>
    Buffer.concat(
      events.flatMap((event) => (event.kind === 'output' && event.stream === stream ? [event.data] : [])),
    ).toString();
  const end = events.findLast(({ kind }) => kind === 'exited' || kind === 'failed');
  return { events, numbers, stdout: text('stdout'), stderr: text('stderr'), end, exitCode };
}

const sh = (script: string) => ({ command: ['sh', '-c', script] });

describe.skipIf(reason !== '')(`hold${reason}`, () => {
  test('keeps stdout and stderr apart and whole', async () => {
    const { stdout, stderr, end } = await run(sh('seq 1 200000; seq 1 100000 >&2; exit 3'));
    const numbers = (last: number) => `${Array.from({ length: last }, (_, index) => index + 1).join('\n')}\n`;
    expect([stdout === numbers(200_000), stderr === numbers(100_000)]).toEqual([true, true]);
    expect(end).toMatchObject({ kind: 'exited', code: 3, signal: null });
  });

  test('reports its events in order, and ends when the last one is written down', async () => {
    const { events, numbers, exitCode } = await run(sh('echo out'));
    expect(events.map(({ kind }) => kind)).toEqual(['users', 'ready', 'begun', 'output', 'exited']);
    expect(events[0]).toMatchObject({
      passwd: expect.stringContaining('root:'),
      group: expect.stringContaining('root:'),
    });
    expect(numbers).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(exitCode).toBe(0);
  });

  test('reports the signal that ended the command', async () => {
    expect((await run(sh('kill -SEGV $$'))).end).toMatchObject({ kind: 'exited', code: null, signal: 11 });
  });

  test.each([
    ['a command that is missing', { command: ['no-such-command'] }, 2, 'execute the command'],
    ['a path that is missing', { command: ['/no/such/command'] }, 2, 'execute the command'],
    ['a directory as the command', { command: ['/etc'] }, 13, 'execute the command'],
    ['a working directory that is a file', { directory: '/etc/passwd' }, 20, 'enter the working directory'],
    ['a stdin that is missing', { stdin: '/no/such/file' }, 2, 'open the standard input'],
    ['a stdin that its user may not read', { stdin: '/etc/shadow', user: nobody }, 13, 'open the standard input'],
    ['a stdout that is a directory', { stdout: '/etc' }, 21, 'open the standard output'],
    [
      'a stderr in a place that its user may not write to',
      { stderr: '/x', user: nobody },
      13,
      'open the standard error',
    ],
    ['a mount that is missing', { hidden: ['/nowhere'] }, 2, 'take a mount away'],
  ])('reports why it cannot start %s', async (_, changes, errno, what) => {
    expect((await run(changes)).end).toEqual({ kind: 'failed', errno, what });
  });

  test('makes a working directory that is missing', async () => {
    const wanted = join(directory, 'made/by/hold');
    expect((await run({ command: ['pwd'], directory: wanted })).stdout).toBe(`${wanted}\n`);
  });

  test('gives the command a file as its stdin, which it cannot write to', async () => {
    const stdin = join(directory, 'stdin');
    await writeFile(stdin, 'given\n');
    const { stdout } = await run({ ...sh('cat; echo more >&0 || echo refused'), stdin });
    expect(stdout).toBe('given\nrefused\n');
    expect((await run(sh('wc -c'))).stdout).toBe('0\n');
  });

  test('gives the command files as its stdout and stderr, owned by its user', async () => {
    const open = join(directory, 'streams');
    await mkdir(open);
    await chmod(open, 0o777);
    const [stdout, stderr] = [join(open, 'deep/er/out'), join(open, 'err')];
    const script = sh('echo out; echo err >&2; exit 3');
    const ended = await run({ ...script, user: nobody, stdout, stderr });
    expect(ended).toMatchObject({ stdout: '', stderr: '', end: { code: 3 } });
    expect([await readFile(stdout, 'utf8'), await readFile(stderr, 'utf8')]).toEqual(['out\n', 'err\n']);
    expect((await stat(stdout)).uid).toBe(nobody.uid);
    await run({ ...sh('echo 1; echo 2 >&2'), stdout, stderr: stdout });
    expect(await readFile(stdout, 'utf8')).toBe('1\n2\n');
  });

  test('does not wait for the other end of a named pipe', async () => {
    const pipe = join(directory, 'pipe');
    await execute('mkfifo', [pipe]);
    expect((await run({ ...sh('cat'), stdin: pipe })).end).toMatchObject({ kind: 'exited', code: 0 });
    expect((await run({ ...sh('echo'), stdout: pipe })).end).toMatchObject({ what: 'open the standard output' });
  });

  test('makes empty files and leaves those that exist', async () => {
    const [made, kept] = [join(directory, 'to/be/made'), join(directory, 'kept')];
    await writeFile(kept, 'content');
    await execute(program, ['--make', made, kept]);
    expect([await readFile(made, 'utf8'), await readFile(kept, 'utf8')]).toEqual(['', 'content']);
  });

  test('gives the command its own variables, and nothing of the nonce', async () => {
    const { stdout } = await run({
      ...sh('env; cat /proc/1/environ 2>&1'),
      user: nobody,
      variables: ['A=1', 'PATH=/bin:/usr/bin'],
    });
    expect(stdout).toContain('A=1\n');
    expect(stdout).toContain('Permission denied');
    expect(stdout).not.toMatch(/nonce|SECRET_OF_THE_POD/);
  });

  test('leaves no readable trace of the nonce for root either', async () => {
    const { stdout } = await run(sh('cat /proc/1/environ | tr "\\0" "\\n"; tr "\\0" " " < /proc/1/cmdline'));
    expect(stdout).toContain('SECRET_OF_THE_POD');
    expect(stdout).not.toContain(nonce);
  });

  test('makes the command another user with no capability and no way to new ones', async () => {
    const { stdout } = await run({
      ...sh('id -u; id -g; id -G; grep -E "CapEff|CapBnd|CapPrm|NoNewPrivs" /proc/self/status'),
      user: nobody,
    });
    expect(stdout.replaceAll('\t', ' ').split('\n')).toEqual([
      '65534',
      '65534',
      '65534 7 8',
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'NoNewPrivs: 1',
      '',
    ]);
  });

  test('leaves root the capabilities of the order alone', async () => {
    const user = { uid: 0, gid: 0, additionalGids: [], capabilities: [0, 1, 5] };
    const { stdout } = await run({ ...sh('grep -E "CapEff|CapBnd" /proc/self/status'), user });
    expect(stdout.replaceAll('\t', ' ')).toBe('CapEff: 0000000000000023\nCapBnd: 0000000000000023\n');
  });

  test('sets resource limits', async () => {
    const limits: HoldOrder['limits'] = [
      { resource: 'files', soft: 99, hard: 100 },
      { resource: 'core', soft: 0, hard: 0 },
    ];
    expect((await run({ ...sh('ulimit -n; ulimit -Hn; ulimit -c'), limits })).stdout).toBe('99\n100\n0\n');
  });

  test('gives the command a network with lo alone, which works', async () => {
    const script =
      'tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ls /sys/class/net | wc -l; exec 3<>/dev/tcp/127.0.0.1/9';
    const { stdout, stderr, events } = await run({ command: ['bash', '-c', script], ownNetwork: true });
    expect(events).toContainEqual({ kind: 'ready', interfaces: ['lo'] });
    expect(stdout.trim().split(/\s+/)).toEqual(['lo', '0', '0']);
    // Refused rather than unreachable: lo is up.
    expect(stderr).toContain('Connection refused');
  });

  test('takes back what CAP_SYS_ADMIN opened', async () => {
    const script =
      'for call in "unshare --user true" "unshare --net true" "mount -t tmpfs none /mnt" "umount /proc" "chroot / true"; do $call 2>/dev/null && echo "$call works"; done; (echo a | cat; exit 0) && echo forks';
    const root = { uid: 0, gid: 0, additionalGids: [], capabilities: [18, 21] };
    expect((await run({ ...sh(script), user: root, filter: true })).stdout).toBe('a\nforks\n');
    expect((await run({ ...sh(script), user: root })).stdout).toContain('unshare --net true works');
  });

  test('hides mounts from the command', async () => {
    const mounted = join(directory, 'mounted');
    await mkdir(join(mounted, 'inside'), { recursive: true });
    expect(spawnSync('mount', ['--bind', join(mounted, 'inside'), mounted]).status).toBe(0);
    try {
      await writeFile(join(mounted, 'shown'), '');
      const { stdout, end } = await run({ ...sh(`ls ${mounted}`), hidden: [mounted] });
      expect([stdout, end?.kind]).toEqual(['inside\n', 'exited']);
    } finally {
      await execute('umount', [mounted]);
    }
  });

  test('ends what the command left running', async () => {
    const { stdout, end } = await run(sh('(setsid sleep 1000 &) ; sleep 1000 & echo begun; exit 0'));
    expect(stdout).toBe('begun\n');
    expect(end).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('passes signals on, and SIGKILL to all', async () => {
    const onOutput = (signal: number) => (event: HoldEvent, hold: HoldHandle) => {
      if (event.kind === 'output') hold.signal(signal);
    };
    const script = sh('trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.05; done');
    const caught = await run(script, { onEvent: onOutput(15) });
    expect(caught.stdout).toContain('caught');
    expect(caught.end).toMatchObject({ code: 5 });
    expect(
      (await run(sh('(setsid sleep 1000 &); echo ready; sleep 1000'), { onEvent: onOutput(9) })).end,
    ).toMatchObject({ signal: 9 });
  });

  test('loses and doubles nothing when its line breaks at any moment', async () => {
    const script = sh('for i in $(seq 1 40); do echo out $i; echo err $i >&2; done; exit 7');
    const expected = (name: string) => Array.from({ length: 40 }, (_, index) => `${name} ${index + 1}\n`).join('');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        fc.boolean(),
        async (cuts, keepsBeforeCut) => {
          const remaining = new Set(cuts.map(BigInt));
          const cutsAt = (_: HoldEvent, number: bigint) => remaining.delete(number);
          const { stdout, stderr, end, numbers } = await run(script, { cutsAt, keepsBeforeCut });
          expect([stdout, stderr]).toEqual([expected('out'), expected('err')]);
          expect(end).toMatchObject({ kind: 'exited', code: 7 });
          expect(numbers).toEqual(numbers.map((_, index) => BigInt(index + 1)));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);

  test('ends at SIGTERM while it waits', async () => {
    const line = join(directory, 'nobody-listens');
    await mkdir(line);
    const child = spawn(
      'unshare',
      [
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        `${program} ${line} step-0 & sleep 0.2; kill $!; wait $!; echo ended $?`,
      ],
      {
        env: { EXEC_AGENT_NONCE: nonce, PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [text] = await once(child.stdout, 'data');
    expect(String(text)).toBe('ended 0\n');
    await once(child, 'exit');
  });
});

describe('keep’s end of the line', () => {
  test('closes a connection with another nonce, and one that does not say hello', async () => {
    const line = join(directory, 'guarded');
    await mkdir(line);
    const troubles: string[] = [];
    const opened = await listenForHolds({
      directory: line,
      nonce,
      newestOf: () => 0n,
      onHello: () => troubles.push('greeted'),
      onEvent: async () => undefined,
      onTrouble: (error) => troubles.push(String(error)),
    });
    const frame = (kind: string, body: Buffer) => {
      const header = Buffer.alloc(16);
      header.write(kind, 'latin1');
      header.writeUInt32LE(body.length, 4);
      return Buffer.concat([header, body]);
    };
    for (const sent of [frame('H', Buffer.from(`w\0\0\0\0\0\0\0\0step-0\0wrong`)), frame('B', Buffer.alloc(0))]) {
      const socket = connect(join(line, 'keep.sock'));
      socket.resume();
      socket.end(sent);
      await once(socket, 'close');
    }
    expect(troubles).toEqual([
      'RangeError: a connection of hold has another nonce',
      'RangeError: a connection of hold began without a hello',
    ]);
    await opened.close();
  });

  test('refuses an order with a NUL in a text', () => {
    expect(() => encodeOrder({ ...plainOrder, command: ['a\0b'] })).toThrow(RangeError);
  });

  test('decodes any bytes as an event or refuses them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('U', 'R', 'B', 'F', '1', '2', 'X', '?'),
        fc.uint8Array({ maxLength: 64 }),
        (kind, bytes) => {
          try {
            expect(decodeEvent(kind, Buffer.from(bytes)).kind).toBeTypeOf('string');
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
    );
  });
});
