import { expect } from 'vitest';
import {
  type Check,
  createContainer,
  failureOf,
  follow,
  inSandbox,
  type RuntimeBench,
  run,
  type StepOptions,
  stepSpecOf,
} from './bench.contract.ts';

export function startCases(check: Check): void {
  check('a probe says what answers', async (bench) => {
    const health = await bench.runtime.probe(new AbortController().signal);
    expect(health).toMatchObject({ ok: true });
    expect(health.version).toMatch(/\d/);
  });

  check('what a command prints arrives with its stream and time', async (bench) => {
    const before = Date.now();
    const { exit, stdout, stderr, chunks } = await run(bench, { script: 'echo out; echo err >&2' });
    expect(exit).toMatchObject({ code: 0, reason: 'exited' });
    expect({ stdout, stderr }).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    for (const { time } of chunks) {
      expect(time).toBeGreaterThanOrEqual(before - 1000);
      expect(time).toBeLessThanOrEqual(Date.now() + 1000);
    }
  });

  check('environment variables and the working directory are set', async (bench) => {
    const { stdout } = await run(bench, {
      command: ['/bin/sh', '-c', 'pwd; printf "%s\\n" "$GREETING" "$EMPTY."'],
      env: { GREETING: 'a "quoted" $word\nwith two lines', EMPTY: '' },
      workingDir: '/workspace/output',
    });
    expect(stdout).toBe('/workspace/output\na "quoted" $word\nwith two lines\n.\n');
  });

  check('a working directory that is not there yet is made', async (bench) => {
    const { stdout } = await run(bench, { script: 'pwd', workingDir: '/workspace/deep/er' });
    expect(stdout).toBe('/workspace/deep/er\n');
  });

  check('standard input is empty', async (bench) => {
    const { exit, stdout } = await run(bench, { command: ['cat'] });
    expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  check("without a command the image's own runs", async (bench) => {
    // The image's command is a shell: with no input it ends at once, well.
    const { exit, stdout } = await run(bench, {});
    expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  check('an entrypoint of the request comes before the command', async (bench) => {
    const { stdout } = await run(bench, { entrypoint: ['/bin/echo', 'one'], command: ['two', 'three'] });
    expect(stdout).toBe('one two three\n');
  });

  check('a user of the request runs the command', async (bench) => {
    const { stdout } = await run(bench, { command: ['id'], user: '1234:5678' });
    expect(stdout).toMatch(/uid=1234.* gid=5678/);
  });

  check('a command that does not exist is START_FAILED and named', async (bench) => {
    const failure = await startFailure(bench, { command: ['no-such-program', 'x'] });
    expect(failure.code).toBe('START_FAILED');
    expect(failure.message).toContain('no-such-program');
  });

  check('a command that may not be executed is START_FAILED and named', async (bench) => {
    const failure = await startFailure(bench, { command: ['/etc'] });
    expect(failure.code).toBe('START_FAILED');
    expect(failure.message).toContain('/etc');
  });

  check('a user that the image does not know is START_FAILED and named', async (bench) => {
    const failure = await startFailure(bench, { command: ['true'], user: 'nobody-knows-me' });
    expect(failure.code).toBe('START_FAILED');
    expect(failure.message).toContain('nobody-knows-me');
  });

  check('a shell that misses a command inside its script is an ordinary exit 127', async (bench) => {
    const { exit } = await run(bench, { script: 'no-such-program' });
    expect(exit).toMatchObject({ code: 127, reason: 'exited' });
  });

  check('texts that Linux does not take: an argument or variable with a NUL is refused and named', async (bench) => {
    const argument = await startFailure(bench, { command: ['/bin/echo', 'a\0b'] });
    expect(argument).toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('argument 1 of the command contains a NUL character'),
    });
    const variable = await startFailure(bench, { command: ['/bin/echo'], env: { GREETING: 'a\0b' } });
    expect(variable).toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('variable "GREETING" contains a NUL character'),
    });
  });

  check(
    'texts that Linux does not take: the longest argument runs, one byte more is refused with the limit',
    async (bench) => {
      const longest = 'x'.repeat(131_071);
      const { exit, stdout } = await run(bench, {
        command: ['/bin/sh', '-c', 'printf %s "$1" | wc -c', 'sh', longest],
      });
      expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: '131071\n' });
      const refused = await startFailure(bench, { command: ['/bin/echo', `${longest}x`] });
      expect(refused).toMatchObject({
        code: 'START_FAILED',
        message: expect.stringMatching(
          /argument 1 of the command has 131072 bytes; Linux accepts at most 131071 .*file/,
        ),
      });
      const variable = await startFailure(bench, { command: ['/bin/echo'], env: { LONG: longest } });
      expect(variable).toMatchObject({
        code: 'START_FAILED',
        message: expect.stringContaining('variable "LONG" has 131076 bytes'),
      });
    },
  );
}

/** A driver may notice at create, at start, or only while waiting. */
async function startFailure(bench: RuntimeBench, options: StepOptions) {
  const first = await stepSpecOf(bench, options);
  return inSandbox(bench.runtime, { steps: [first] }, (sandbox) =>
    failureOf(
      (async () => {
        const container = await createContainer(bench, sandbox, options);
        await container.start();
        await follow(container);
      })(),
    ),
  );
}
