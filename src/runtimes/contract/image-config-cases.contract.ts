import { expect } from 'vitest';
import {
  type Check,
  failureOf,
  inSandbox,
  never,
  type RunOptions,
  type RuntimeBench,
  run,
  startContainer,
  stepSpecOf,
  textOf,
  untilLogged,
} from './bench.contract.ts';

const MiB = 1024 * 1024;
const graceMs = 20_000;

/** Each field of an image's configuration does what Docker documents. */
export function imageConfigCases(check: Check): void {
  const printed = async (bench: RuntimeBench, options: RunOptions) => (await run(bench, options)).stdout;
  const execForm = (bench: RuntimeBench) =>
    bench.images.make({ name: 'exec-form', config: { Entrypoint: ['/bin/echo', 'entry'], Cmd: ['cmd'] } });

  check('Entrypoint and Cmd in exec form: a request replaces them as Docker does', async (bench) => {
    const reference = await execForm(bench);
    const lines = async (options: RunOptions) => printed(bench, { reference, ...options });
    expect(await lines({})).toBe('entry cmd\n');
    expect(await lines({ command: [] })).toBe('entry cmd\n');
    expect(await lines({ command: ['mine'] })).toBe('entry mine\n');
    expect(await lines({ entrypoint: ['/bin/echo', 'mine'] })).toBe('mine\n');
    expect(await lines({ entrypoint: ['/bin/echo'], command: ['a'] })).toBe('a\n');
    expect(await lines({ entrypoint: [], command: ['/bin/echo', 'b'] })).toBe('b\n');
    expect(await lines({ entrypoint: [''], command: ['/bin/echo', 'c'] })).toBe('c\n');
  });

  check('Entrypoint: an empty one leaves the Cmd, and [""] leaves nothing to run', async (bench) => {
    const reference = await bench.images.make({
      name: 'entry-to-clear',
      config: { Entrypoint: ['/no-such-entry'], Cmd: ['/bin/echo', 'from cmd'] },
    });
    expect(await printed(bench, { reference, entrypoint: [] })).toBe('from cmd\n');
    const failure = await failureOf(run(bench, { reference, entrypoint: [''] }));
    expect(failure).toMatchObject({ code: 'START_FAILED', message: expect.stringContaining('in command.') });
  });

  check('Entrypoint and Cmd in shell form: a shell runs them', async (bench) => {
    const cmd = await bench.images.make({
      name: 'shell-cmd',
      config: { Cmd: ['/bin/sh', '-c', 'echo "$WHO" $0'], Env: ['WHO=cmd', 'PATH=/bin'] },
    });
    expect(await printed(bench, { reference: cmd })).toMatch(/^cmd .*sh\n$/);
    const entry = await bench.images.make({
      name: 'shell-entry',
      config: { Entrypoint: ['/bin/sh', '-c', 'echo entry'], Cmd: null },
    });
    expect(await printed(bench, { reference: entry, command: ['is not looked at'] })).toBe('entry\n');
  });

  check('Env: variables of the image are set, and those of a request win', async (bench) => {
    const reference = await bench.images.make({
      name: 'env',
      config: { Env: ['PATH=/bin', 'A=image', 'B=image=b', 'C='] },
    });
    const script = 'echo "$A|$B|$C."';
    expect(await printed(bench, { reference, script, env: { A: 'request' } })).toBe('request|image=b|.\n');
  });

  check('User: the image runs as its user, unless a request names one', async (bench) => {
    const reference = await bench.images.make({ name: 'user', config: { User: 'nobody' } });
    expect(await printed(bench, { reference, command: ['id', '-u'] })).toBe('65534\n');
    expect(await printed(bench, { reference, command: ['id', '-u'], user: '12' })).toBe('12\n');
  });

  check('WorkingDir: that of the request counts, and is made where it is missing', async (bench) => {
    const reference = await bench.images.make({ name: 'working-dir', config: { WorkingDir: '/no/such/place' } });
    expect(await printed(bench, { reference, command: ['pwd'] })).toBe('/workspace\n');
    const made = { reference, command: ['pwd'], workingDir: '/made/for/this' };
    expect(await printed(bench, made)).toBe('/made/for/this\n');
  });

  check('Volumes: what is written to one is bounded, or can be measured while it is', async (bench) => {
    const reference = await bench.images.make({ name: 'volume-to-fill', config: { Volumes: { '/data': {} } } });
    const script = 'dd if=/dev/zero of=/data/big bs=1M count=8 2>&1; echo written; exec sleep 60';
    const steps = [await stepSpecOf(bench, { reference, script })];
    await inSandbox(bench.runtime, { steps, resources: { scratchBytes: 4 * MiB } }, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { reference, script });
      const log = textOf(await untilLogged(container, 'written'));
      if (container.layer === undefined) expect(log).toContain('No space left');
      else
        expect((await container.layer({ bytes: 16 * MiB, files: 1000 }, never)).bytes).toBeGreaterThanOrEqual(8 * MiB);
      await container.stop(0);
    });
  });

  check(
    'Volumes: each is a writable directory with what the image has there, also where the image has none',
    async (bench) => {
      const reference = await bench.images.make({
        name: 'volumes',
        config: { Volumes: { '/made/by/volume': {}, '/with/content': {} } },
        files: { 'with/content/file': 'of the image\n' },
      });
      const script =
        'cat /with/content/file; for d in /made/by/volume /with/content; do echo x > $d/new && stat -c "%n %a %u" $d; done';
      for (const readOnlyRoot of [false, true]) {
        const { stdout, stderr } = await run(bench, { reference, script, readOnlyRoot });
        expect(stderr).toBe('');
        expect(stdout).toBe('of the image\n/made/by/volume 755 0\n/with/content 755 0\n');
      }
    },
  );

  check('StopSignal: a container is asked to end by it', async (bench) => {
    for (const signal of ['SIGINT', 'USR1', '12']) {
      const reference = await bench.images.make({
        name: `stop-${signal.toLowerCase()}`,
        config: { StopSignal: signal },
      });
      const script = `for s in INT USR1 USR2 TERM; do trap "echo got $s; exit 7" $s; done; echo ready; while :; do sleep 0.1; done`;
      const steps = [await stepSpecOf(bench, { reference, script })];
      await inSandbox(bench.runtime, { steps }, async (sandbox) => {
        const container = await startContainer(bench, sandbox, { reference, script });
        await untilLogged(container, 'ready');
        await container.stop(graceMs);
        const name = { SIGINT: 'INT', USR1: 'USR1' }[signal] ?? 'USR2';
        await untilLogged(container, `got ${name}`);
        expect(await container.wait(never)).toMatchObject({ code: 7, reason: 'exited' });
      });
    }
  });

  check('StopSignal: one that does not exist keeps no container from being stopped', async (bench) => {
    const reference = await bench.images.make({ name: 'stop-nothing', config: { StopSignal: 'SIGNOTHING' } });
    const script = 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done';
    const steps = [await stepSpecOf(bench, { reference, script })];
    await inSandbox(bench.runtime, { steps }, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { reference, script });
      await untilLogged(container, 'ready');
      const started = Date.now();
      await container.stop(graceMs);
      expect(Date.now() - started).toBeLessThan(graceMs / 2);
      expect([7, 137]).toContain((await container.wait(never)).code);
    });
  });

  check('ExposedPorts, Healthcheck, OnBuild, Labels and Shell change nothing', async (bench) => {
    const reference = await bench.images.make({
      name: 'ignored',
      config: {
        ExposedPorts: { '80/tcp': {} },
        Healthcheck: { Test: ['CMD-SHELL', 'echo checked > /tmp/checked'], Interval: 1_000_000 },
        OnBuild: ['RUN false'],
        Labels: { 'exec-agent.role': 'network', 'exec-agent.execution': 'another', other: 'label' },
        Shell: ['/no-such-shell'],
      },
    });
    const script = 'sleep 0.3; ls /tmp; wc -l < /proc/net/tcp';
    expect(await printed(bench, { reference, script })).toBe('1\n');
  });

  check('the own host name is known in the container', async (bench) => {
    const script =
      'name=$(hostname); cat /etc/hostname; echo "$HOSTNAME"; grep -w "$name" /etc/hosts | head -n 1 | cut -f1';
    expect(await printed(bench, { script })).toBe('container\ncontainer\n127.0.0.1\n');
    const served = { mode: 'none', onConnection: () => undefined, ports: [] } as const;
    expect(await printed(bench, { script, box: { network: served } })).toBe('container\ncontainer\n127.0.0.1\n');
  });
}
