import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Input } from '../../wire/plan/plan.ts';
import {
  type Check,
  createContainer,
  failureOf,
  follow,
  inputFile,
  inSandbox,
  never,
  outputFiles,
  type RunOptions,
  type RuntimeBench,
  run,
  stepSpecOf,
} from './bench.contract.ts';

const MiB = 1024 * 1024;
const stdin = '/workspace/config/stdin';

export function stdinCases(check: Check): void {
  for (const user of ['0', '1234:5678'])
    check(`stdin: user ${user} reads a file from its beginning to its end`, async (bench) => {
      const { exit, stdout } = await runWith(bench, 'one\ntwo', { user, command: ['cat'] });
      expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: 'one\ntwo' });
    });

  check('stdin: any bytes arrive, however many', async (bench) => {
    for (const bytes of [Buffer.of(), Buffer.from([0, 10, 255, 0]), randomBytes(5 * MiB)]) {
      const { stdout } = await runWith(bench, bytes, { script: 'sha256sum; cat | wc -c' });
      const hash = createHash('sha256').update(bytes).digest('hex');
      expect(stdout).toBe(`${hash}  -\n0\n`);
    }
  });

  check("stdin: the image's own command and an entrypoint get it too", async (bench) => {
    expect((await runWith(bench, 'echo from stdin', {})).stdout).toBe('from stdin\n');
    const entrypoint = { entrypoint: ['/bin/grep', '-n'], command: ['b'] };
    expect((await runWith(bench, 'a\nb\n', entrypoint)).stdout).toBe('2:b\n');
  });

  check('stdin: cannot be changed by the container that reads it', async (bench) => {
    // Where it is a pipe, a container can write to that; the file stays as it is.
    const script = `for to in /proc/self/fd/0 /dev/stdin ${stdin}; do (echo changed >> $to) 2>/dev/null; done; cat ${stdin}`;
    expect((await runWith(bench, 'kept\n', { script })).stdout).toBe('kept\n');
  });

  check('stdin: is that of one step, the next one has none', async (bench) => {
    const [first, second] = [
      await stepSpecOf(bench, { stdin, command: ['cat'] }),
      await stepSpecOf(bench, { command: ['cat'] }),
    ];
    await inSandbox(bench.runtime, { steps: [first, second] }, async (sandbox) => {
      await sandbox.stage([inputOf('first')], never);
      for (const [spec, text] of [
        [first, 'first'],
        [second, ''],
      ] as const) {
        const container = await sandbox.create(spec);
        await container.start();
        expect((await follow(container)).stdout).toBe(text);
      }
    });
  });

  check('stdin: a command that does not exist is START_FAILED and named', async (bench) => {
    const failure = await failureOf(runWith(bench, 'x', { command: ['no-such-program'] }));
    expect(failure).toMatchObject({ code: 'START_FAILED', message: expect.stringContaining('no-such-program') });
  });

  check('stdin: a file that does not exist is START_FAILED and named', async (bench) => {
    const missing = '/workspace/input/no such file';
    const failure = await failureOf(run(bench, { stdin: missing, command: ['cat'] }));
    expect(failure).toMatchObject({ code: 'START_FAILED', message: expect.stringContaining(missing) });
  });

  check('stdin: an exit code and files come back as without it', async (bench) => {
    const outputs = [outputFiles('copy')];
    const end = await runWith(bench, 'data', { script: 'cat > /workspace/output/copy; exit 3', outputs });
    expect(end).toMatchObject({ exit: { code: 3 }, collected: { files: [{ content: 'data' }] } });
  });

  check('stdin: another agent starts a container that was created with it, and it is whole', async (bench) => {
    const first = await stepSpecOf(bench, { stdin, command: ['cat'] });
    await inSandbox(bench.runtime, { steps: [first] }, async (sandbox) => {
      await sandbox.stage([inputOf('all of it')], never);
      const container = await createContainer(bench, sandbox, { stdin, command: ['cat'] });
      const runtime = await bench.restart();
      try {
        const found = await runtime.recoverSandbox({ ...sandbox.handle }, { fence: 1 });
        const again = await found?.recoverContainer({ ...container.handle });
        if (again === undefined) throw new Error('the container was not found again');
        await again.start();
        expect((await follow(again)).stdout).toBe('all of it');
      } finally {
        await runtime.close();
      }
    });
  });
}

function runWith(bench: RuntimeBench, content: string | Buffer, options: RunOptions) {
  return run(bench, { ...options, stdin, inputs: [inputOf(content)] });
}

function inputOf(content: string | Buffer): Input {
  if (typeof content === 'string') return inputFile(stdin, content);
  return {
    kind: 'inline',
    origin: 'container.stdin',
    path: stdin,
    content: content.toString('base64'),
    encoding: 'base64',
  };
}
