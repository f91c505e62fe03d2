import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import type { Volume } from '../../wire/plan/plan.ts';
import {
  type BoxOptions,
  type Check,
  type Finished,
  failureOf,
  follow,
  inputFile,
  inSandbox,
  never,
  outputFiles,
  type RuntimeBench,
  run,
  type StepOptions,
  stepSpecOf,
} from './bench.contract.ts';

const output = '/workspace/output';

export function streamCases(check: Check): void {
  for (const user of ['0', '1234:5678'])
    check(`streams: stdout and stderr of user ${user} go to files whose directories are made`, async (bench) => {
      const end = await run(bench, {
        stdout: `${output}/deep/er/out`,
        stderr: `${output}/err`,
        user,
        script: 'echo out; echo err >&2; exit 3',
        outputs: [outputFiles('**')],
      });
      expect({ code: end.exit.code, stdout: end.stdout, stderr: end.stderr }).toEqual({
        code: 3,
        stdout: '',
        stderr: '',
      });
      expect(contents(end)).toEqual({ 'deep/er/out': 'out\n', err: 'err\n' });
    });

  check('streams: one file takes both, a file of an earlier step is emptied', async (bench) => {
    const both = { stdout: `${output}/log`, stderr: `${output}/log` };
    const steps = [
      { ...both, script: 'echo a long first line; echo more >&2' },
      { ...both, script: 'echo 1; echo 2 >&2' },
    ];
    const [, last] = await runSteps(bench, steps, { outputs: ['log'] });
    expect(last?.contents).toEqual({ log: '1\n2\n' });
  });

  check("streams: stdout of one step is stdin of the next, the image's own command", async (bench) => {
    const ends = await runSteps(bench, [
      { stdout: `${output}/script`, command: ['echo', 'echo from the file'] },
      { stdin: `${output}/script` },
    ]);
    expect(ends.map(({ stdout }) => stdout)).toEqual(['', 'from the file\n']);
  });

  check('streams: a link that a step made leads to nothing outside of the next container', async (bench) => {
    const ends = await runSteps(bench, [
      { script: `ln -s /etc/streams-were-here ${output}/link` },
      { stdout: `${output}/link`, script: 'echo written' },
      { script: 'cat /etc/streams-were-here; exit 5' },
    ]);
    expect(ends.at(-1)).toMatchObject({ exit: { code: expect.any(Number) }, stdout: '' });
    expect(existsSync('/etc/streams-were-here')).toBe(false);
  });

  check('streams: a command that does not exist is START_FAILED and named', async (bench) => {
    const failure = await failureOf(
      run(bench, { stderr: `${output}/err`, stdout: `${output}/out`, command: ['no-such-program'] }),
    );
    expect(failure).toMatchObject({ code: 'START_FAILED', message: expect.stringContaining('no-such-program') });
  });

  check('streams: a file that cannot be opened is START_FAILED and named', async (bench) => {
    const failure = await failureOf(run(bench, { stdout: '/workspace/input/out', script: 'echo' }));
    expect(failure).toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(/standard output \/workspace\/input\/out .*Read-only file system/),
    });
  });

  check('files of a volume: are where they belong, with all that the image has there', async (bench) => {
    const volumes: readonly Volume[] = [
      { path: '/workspace/output', access: 'read-write' },
      { path: '/etc', access: 'read-only', files: ['added.conf', 'group'] },
    ];
    const inputs = [inputFile('/etc/added.conf', 'added\n'), inputFile('/etc/group', 'replaced\n')];
    const script = 'cat /etc/added.conf /etc/group; grep -c . /etc/passwd';
    for (const step of await runSteps(bench, [{ script }, { script }], { box: { volumes }, inputs }))
      expect(step.stdout).toMatch(/^added\nreplaced\n[1-9]\d*\n$/);
  });

  check('directories: are made, and every user may write to them', async (bench) => {
    const { exit, stdout } = await run(bench, {
      inputs: [
        inputFile('/workspace/output/a/file', 'x'),
        { kind: 'directory', origin: 'made', path: '/workspace/output/a/b' },
      ],
      user: '1234:5678',
      script: 'cd /workspace/output/a/b && echo y > new && cat ../file new',
    });
    expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: 'xy\n' });
  });

  check("without a working directory the image's own is used", async (bench) => {
    const { stdout } = await run(bench, { script: 'pwd', workingDir: undefined });
    expect(stdout).toBe('/\n');
  });
}

interface Sequence {
  readonly box?: BoxOptions;
  readonly inputs?: Parameters<typeof run>[1]['inputs'];
  /** Patterns. */
  readonly outputs?: readonly string[];
}

/** Runs the steps one after the other in one sandbox; each with what is collected after it. */
async function runSteps(
  bench: RuntimeBench,
  steps: readonly StepOptions[],
  { box = {}, inputs = [], outputs = [] }: Sequence = {},
) {
  const specs = await Promise.all(steps.map((step) => stepSpecOf(bench, step)));
  return inSandbox(bench.runtime, { ...box, steps: specs }, async (sandbox) => {
    await sandbox.stage(inputs, never);
    const ends: (Finished & { readonly contents: Readonly<Record<string, unknown>> })[] = [];
    for (const spec of specs) {
      const container = await sandbox.create(spec);
      await container.start();
      const end = await follow(container);
      ends.push({
        ...end,
        contents: contents({
          collected: await sandbox.collect(
            outputs.map((name) => outputFiles(name)),
            never,
          ),
        }),
      });
    }
    return ends;
  });
}

function contents({ collected }: Pick<Awaited<ReturnType<typeof run>>, 'collected'>) {
  return Object.fromEntries(collected.files.map(({ name, content }) => [name, content]));
}
