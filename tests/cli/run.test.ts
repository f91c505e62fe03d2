import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, inject, test } from 'vitest';
import { labels } from '../../src/runtimes/docker/labels.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { runCli, runCliOnTerminal, runInShell, startCli } from './helpers/run-cli.ts';
import { responseOf, useCli } from './helpers/use-cli.ts';

const cli = useCli();
const docker = () => createDockerApi(inject('docker').host.replace('unix://', ''));

async function storedObjects(dataDir = 'data'): Promise<string[]> {
  const directory = join(cli.cwd, dataDir, 'objects');
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** What is left of a terminal's text besides colours and the progress line. */
const leftForTerminal = (text: string) => stripVTControlCharacters(text.replaceAll('\r\u001b[2K', ''));

const noTerminal = await missingPrograms('script');

describeWith('docker', 'exec-agent run', () => {
  test('run --json: takes a file in, brings a file back and keeps stdout for the response', async () => {
    await writeFile(join(cli.cwd, 'data.csv'), 'a,1\nb,2\n');
    const script = 'echo counting; wc -l < input/data.csv > output/$NAME; sleep 1; echo done >&2';
    const end = await cli.exec(
      'run',
      '--json',
      'alpine',
      '-i',
      'data.csv',
      '-e',
      'NAME=lines.txt',
      '-o',
      '*.txt',
      '--',
      'sh',
      '-c',
      script,
    );
    expect(end.code).toBe(0);
    expect(end.stderr).toBe('counting\ndone\n');
    expect(responseOf(end).result).toMatchObject({
      exit_code: 0,
      output: 'counting\ndone\n',
      output_files: [{ name: 'lines.txt', content: '2\n' }],
    });
  });

  test('--save writes the output files, however large, and leaves nothing in the object store', async () => {
    await writeFile(join(cli.cwd, 'large.bin'), Buffer.alloc(600_000, 'x'));
    const script =
      'cat input/in.bin input/in.bin input/in.bin input/in.bin > output/big.bin; mkdir output/deep; echo hi > output/deep/small';
    const end = await cli.exec(
      'run',
      '--json',
      'alpine',
      '-i',
      'large.bin:in.bin',
      '--save',
      'saved',
      '--',
      'sh',
      '-c',
      script,
    );
    expect(end).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Saved 2 files (2.3 MiB) to ${cli.cwd}/saved\n`),
    });
    expect((await readFile(join(cli.cwd, 'saved', 'big.bin'))).length).toBe(2_400_000);
    expect(await readFile(join(cli.cwd, 'saved', 'deep', 'small'), 'utf8')).toBe('hi\n');
    expect(responseOf(end).result?.minio_objects).toEqual([]);
    expect(await storedObjects()).toEqual([]);
  });

  test('--full brings what the answer has no room for, without it the answer says where that is', async () => {
    const env = { ...cli.options.env, EXEC_MESSAGE_MAX: '1 MiB', EXEC_DATA_DIR: join(cli.cwd, 'little room') };
    const script = 'cd output; for i in a b c; do head -c 500000 /dev/zero | tr "\\0" $i > $i; done';
    const args = ['run', '--json', 'alpine', '-o', '*', '--', 'sh', '-c', script];
    const run = (...flags: string[]) => runCli([...args.toSpliced(1, 0, ...flags)], { ...cli.options, env });
    const [short, full] = await Promise.all([run(), run('--full')]);
    expect(responseOf(short).result?.ref).toMatch(/^executions\/.+\/answer\.json$/);
    expect(short.stdout.length).toBeLessThan(1024 ** 2);
    const { result, error } = responseOf(full);
    expect(error).toBeUndefined();
    expect(full.stderr).not.toContain('not complete');
    expect(result).not.toHaveProperty('ref');
    // That of the other run.
    expect(await storedObjects('little room')).toEqual(['answer.json']);
    const isWhole = (name: string, content = '') => content === name.repeat(500_000);
    expect(result?.output_files.map(({ name, content }) => [name, isWhole(name, content)])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
    ]);
  });

  test('--save replaces a file only with --force, and says so before anything runs', async () => {
    await mkdir(join(cli.cwd, 'taken'), { recursive: true });
    await writeFile(join(cli.cwd, 'taken', 'a.txt'), 'old');
    const args = ['run', '--json', 'alpine', '-o', 'a.txt', '--save=taken'];
    const command = ['--', 'sh', '-c', 'echo new > output/a.txt; echo ran'];
    expect(await cli.exec(...args, ...command)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: a.txt exists already. Name another directory after --save, or replace it with --force.\n',
    });
    expect(await cli.exec(...args, '--force', ...command)).toMatchObject({ code: 0 });
    expect(await readFile(join(cli.cwd, 'taken', 'a.txt'), 'utf8')).toBe('new\n');
  });

  test('a file that was in the way unforeseen is kept, and the new one stays in the object store', async () => {
    await mkdir(join(cli.cwd, 'late'), { recursive: true });
    await writeFile(join(cli.cwd, 'late', 'b.txt'), 'old');
    const end = await cli.exec('run', '--json', 'alpine', '--save=late', '--', 'sh', '-c', 'echo new > output/b.txt');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('error: b.txt exists already and was not replaced (--force would).');
    expect(await readFile(join(cli.cwd, 'late', 'b.txt'), 'utf8')).toBe('old');
    const { execution_id: id, result } = responseOf(end);
    expect(result?.minio_objects).toMatchObject([{ object_name: `executions/${id}/output/b.txt` }]);
    expect(await storedObjects()).toEqual(['b.txt']);
    await rm(join(cli.cwd, 'data', 'objects'), { recursive: true });
  });

  test('run -o DIR/: saves all output files there, and an expected one that is missing still fails', async () => {
    const script = 'cd output; mkdir d; echo 1 > a.txt; echo 22 > d/b.txt';
    const all = await cli.exec('run', '--json', 'alpine', '-o', 'results/', '--', 'sh', '-c', script);
    expect(all).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Saved 2 files (5 B) to ${cli.cwd}/results\n`),
    });
    expect(await readFile(join(cli.cwd, 'results', 'd', 'b.txt'), 'utf8')).toBe('22\n');
    expect(responseOf(all).result?.metadata).toMatchObject({ output: { files: 2, bytes: 5 } });
    expect(responseOf(all).result?.metadata).not.toHaveProperty('warnings');
    expect(await storedObjects()).toEqual([]);
    const args = ['run', '--json', 'alpine', '-o', 'results/', '--force', '-o', 'a.txt', '-o', 'c.txt'];
    const missing = await cli.exec(...args, '--', 'sh', '-c', script);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('Saved 2 files') });
    expect(responseOf(missing).error_code).toBe('OUTPUT_MISSING');
    expect(await cli.exec('run', '--json', '-o', 'a/', '-o', 'b/', 'alpine')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("write -o 'a/**'"),
    });
  });

  test('unasked files: are a warning with their sizes, and --save names what it leaves out', async () => {
    const script = 'cd output; echo 1 > a.txt; echo 22 > b.txt';
    const { result } = responseOf(await cli.exec('run', '--json', 'alpine', '-o', 'a.txt', '--', 'sh', '-c', script));
    expect(result?.metadata).toMatchObject({
      output: { files: 2, bytes: 5 },
      warnings: [expect.stringContaining('the request does not ask for it: b.txt (3 B).')],
    });
    const saved = await cli.exec('run', '--json', 'alpine', '-o', 'a.txt', '--save', 'some', '--', 'sh', '-c', script);
    expect(saved.stderr).toContain(
      `Saved 1 file (2 B) to ${cli.cwd}/some\nNot saved, because -o does not name them: b.txt (3 B)\n`,
    );
    expect(await readdir(join(cli.cwd, 'some'))).toEqual(['a.txt']);
  });

  test('optional files: one that is missing is no failure, and no graph update is a warning', async () => {
    const container = { image: 'alpine', command: ['sh', '-c', 'echo 1 > output/a.txt'] };
    const expected = ['a.txt', { path: 'b.txt', optional: true }, { path: 'c/*', optional: true }];
    const request = JSON.stringify({ container, output: { expected_files: expected, graph_update: true } });
    const response = responseOf(await runCli(['run', '--json', '-'], { ...cli.options, stdin: request }));
    expect(response).toMatchObject({ success: true, result: { output_files: [{ name: 'a.txt' }] } });
    expect(response.result?.metadata.warnings).toEqual([
      expect.stringContaining('the container did not write /workspace/output/graph_update.json'),
    ]);
  });

  test.each(['docker', 'oci'])('stdin: what is piped in reaches the command on %s, for any size', async (runtime) => {
    const env = { ...cli.options.env, EXEC_RUNTIME: runtime };
    const piped = (line: string) => runInShell(line, { cwd: cli.cwd, env });
    const short = await piped(`printf 'one\ntwo' | $0 run --json alpine -q -- cat`);
    expect(responseOf(short)).toMatchObject({ success: true, result: { output: 'one\ntwo' } });
    const long = await piped('head -c 3000000 /dev/zero | $0 run --json alpine -q -- wc -c');
    expect(responseOf(long).result?.output).toBe('3000000\n');
    expect(await storedObjects()).toEqual([]);
    await writeFile(join(cli.cwd, 'some file'), 'from a file');
    const file = await piped(`$0 run --json alpine -q -- cat < 'some file'`);
    expect(responseOf(file).result?.output).toBe('from a file');
    const without = await piped('mkfifo open; exec 9<>open; $0 run --json alpine -q --no-stdin -- cat < open; rm open');
    expect(responseOf(without).result?.output).toBe('');
  });

  test('stdin: of a request is text, base64 or an input', async () => {
    const input = { files: [{ name: 'a.txt', content: 'input' }] };
    for (const [stdin, output] of [
      ['text', 'text'],
      [{ content: 'YmFzZTY0', encoding: 'base64' }, 'base64'],
      [{ input: 'a.txt' }, 'input'],
      [undefined, ''],
    ] as const) {
      const request = { container: { image: 'alpine', command: ['cat'], stdin }, input };
      const end = await runCli(['run', '--json', '-'], { ...cli.options, stdin: JSON.stringify(request) });
      expect(responseOf(end)).toMatchObject({ success: true, result: { output } });
    }
    expect(await cli.exec('run', '--stdin', 'request.json')).toMatchObject({ code: 2 });
  });

  test('the exit code is that of the container', async () => {
    const end = await cli.exec('run', '--json', 'alpine', '--', 'sh', '-c', 'echo broken >&2; exit 3');
    expect(end.code).toBe(3);
    expect(responseOf(end)).toMatchObject({ success: false, error_code: 'EXIT_NONZERO', result: { exit_code: 3 } });
    expect(end.stderr).toMatch(/^broken\nerror: EXIT_NONZERO: .+\n$/);
  });

  test('a missing output is exit code 1, for the command itself did well', async () => {
    const end = await cli.exec('run', '--json', 'alpine', '-o', 'report.pdf', '--', 'true');
    expect(end.code).toBe(1);
    expect(responseOf(end)).toMatchObject({ error_code: 'OUTPUT_MISSING', result: { missing_files: ['report.pdf'] } });
  });

  test('a timeout is 124 and returns what was written', async () => {
    const script = 'echo so far > output/part.txt; sleep 60';
    const end = await cli.exec('run', '--json', 'alpine', '--timeout', '1', '-o', 'part.txt', '--', 'sh', '-c', script);
    expect(end.code).toBe(124);
    expect(responseOf(end)).toMatchObject({
      error_code: 'TIMEOUT',
      result: { output_files: [{ name: 'part.txt', content: 'so far\n' }] },
    });
  });

  test('run: an image or command that does not exist ends with 125, an invalid request with 2', async () => {
    const image = await cli.exec('run', '--json', '--pull', 'never', 'no-such-image:1');
    expect(image.code).toBe(125);
    expect(responseOf(image).error_code).toBe('IMAGE_NOT_FOUND');
    const command = await cli.exec('run', '--json', 'alpine', '--', 'no-such-command');
    expect(command.code).toBe(125);
    expect(responseOf(command).error_code).toBe('START_FAILED');
    const request = await runCli(['run', '--json', '-'], { ...cli.options, stdin: '{"container":{}}' });
    expect(request.code).toBe(2);
    expect(responseOf(request)).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: expect.stringContaining('container.image'),
    });
  });

  test('a request file and standard input do the same', async () => {
    const request = { correlation_id: 'mine', container: { image: 'alpine', command: ['echo', 'hi'] } };
    await writeFile(join(cli.cwd, 'request.json'), JSON.stringify(request));
    const fromFile = responseOf(await cli.exec('run', '--json', 'request.json'));
    const fromStdin = responseOf(
      await runCli(['run', '--json', '-'], { ...cli.options, stdin: JSON.stringify(request) }),
    );
    for (const response of [fromFile, fromStdin])
      expect(response).toMatchObject({ correlation_id: 'mine', success: true, result: { output: 'hi\n' } });
  });

  test('a graph goes in and comes back as an update, every digit of it', async () => {
    await writeFile(join(cli.cwd, 'graph.json'), '{"nodes":[{"id":12345678901234567890}],"relationships":[]}');
    const end = await cli.exec(
      'run',
      '--json',
      'alpine',
      '-g',
      'graph.json',
      '--',
      'cp',
      'input/graph_data.json',
      'output/graph_update.json',
    );
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('"graph_update":{"nodes":[{"id":12345678901234567890}],"relationships":[]}');
  });

  test('Ctrl-C stops the container and returns what it wrote', async () => {
    const script = 'echo kept > output/kept.txt; echo started; sleep 60';
    const running = startCli(['run', '--json', 'alpine', '-o', 'kept.txt', '--', 'sh', '-c', script], cli.options);
    await running.says('started');
    running.kill('SIGINT');
    const end = await running.ended;
    expect(end.code).toBe(130);
    expect(end.stderr).toContain('Stopping the container. Its output so far is returned. Ctrl-C again quits at once.');
    expect(responseOf(end)).toMatchObject({
      error_code: 'CANCELED',
      result: { output: 'started\n', output_files: [{ name: 'kept.txt', content: 'kept\n' }] },
    });
  });

  test('a second Ctrl-C quits at once', async () => {
    // An engine that takes connections and never answers.
    const silent = createServer(() => undefined).listen(join(cli.cwd, 'silent.sock'));
    await once(silent, 'listening');
    try {
      const env = { ...cli.options.env, DOCKER_HOST: `unix://${join(cli.cwd, 'silent.sock')}` };
      const running = startCli(['run', '--json', 'alpine'], { cwd: cli.cwd, env });
      await Promise.race([once(silent, 'connection'), running.ended]);
      running.kill('SIGINT');
      await running.says('Ctrl-C again quits at once.');
      running.kill('SIGINT');
      expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
    } finally {
      silent.close();
    }
  });

  test.skipIf(noTerminal !== '')(
    `on a terminal control characters of output, file names and errors are escaped, unless --raw is given${noTerminal}`,
    async () => {
      const script = [
        String.raw`printf '\033]0;title\007\033[2Jone\rtwo\302\2331A\342\200\256\033[31mred\n'`,
        String.raw`printf x > "output/$(printf 'a\033[2J\302\233\nb')"`,
      ].join('\n');
      await writeFile(join(cli.cwd, 'script.sh'), script);
      const args = ['run', 'alpine', '-i', 'script.sh', '-o', '"*"', '--save', 'names', '--', 'sh', 'input/script.sh'];
      const first = await runCliOnTerminal(args, cli.options);
      expect(first.code).toBe(0);
      expect(first.stdout).toContain(String.raw`\x1b]0;title\x07\x1b[2Jone\x0dtwo\u009b1A\u202e`);
      expect(first.stdout).toContain(String.raw`a\x1b[2J\u009b\x0ab`);
      expect(leftForTerminal(first.stdout)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      // The files exist now, so that the error names them.
      const second = await runCliOnTerminal(args, cli.options);
      expect(second.stdout).toContain(String.raw`a\x1b[2J\u009b\x0ab exists already`);
      expect(leftForTerminal(second.stdout)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      const raw = await runCliOnTerminal(['run', '--raw', ...args.slice(1)], cli.options);
      expect(raw.stdout).toContain('\u001b]0;title\u0007\u001b[2Jone\rtwo\u009b1A\u202e\u001b[31mred\n');
    },
  );

  test.skipIf(noTerminal !== '')(
    `terminal: sequences that arrive in pieces, over both streams and over lines are escaped, and colours stay${noTerminal}`,
    async () => {
      const script = [
        String.raw`printf '\033'; printf 'x\302' >&2; sleep 0.3; printf '[2J\033[3'; printf '\2332J' >&2; sleep 0.3; printf '1mred\033[0m\n'`,
        String.raw`printf '\033]8;;https://example.org\033\\link\033]8;;\007\033]52;c;\naGk=\007\342\201\246\n'`,
      ].join('\n');
      await writeFile(join(cli.cwd, 'pieces.sh'), script);
      const args = ['run', 'alpine', '-i', 'pieces.sh', '--', 'sh', 'input/pieces.sh'];
      const { code, stdout } = await runCliOnTerminal(args, cli.options);
      expect(code).toBe(0);
      expect(stdout).toContain('\u001b[31mred\u001b[0m\n');
      expect(stdout).toContain(String.raw`\x1b[2J`);
      expect(stdout).toContain(String.raw`\u009b2J`);
      expect(stdout).toContain(String.raw`\x1b]8;;https://example.org\x1b\link\x1b]8;;\x07\x1b]52;c;`);
      expect(stdout).toContain(String.raw`aGk=\x07\u2066`);
      expect(leftForTerminal(stdout)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    },
  );

  test.each([
    'docker',
    'oci',
  ])('run: stdout and stderr of the command on %s are those of run, byte for byte', async (runtime) => {
    const options = { cwd: cli.cwd, env: { ...cli.options.env, EXEC_RUNTIME: runtime } };
    const script = String.raw`printf 'a\033[2J\000\r\nb'; printf 'c\tno newline' >&2`;
    const end = await runCli(['run', '-q', 'alpine', 'sh', '-c', script], options);
    expect(end).toEqual({ code: 0, stdout: 'a\u001b[2J\u0000\r\nb', stderr: 'c\tno newline' });
    const failed = await runCli(['run', 'alpine', 'sh', '-c', 'echo out; echo err >&2; exit 3'], options);
    expect(failed).toMatchObject({ code: 3, stdout: 'out\n', stderr: expect.stringMatching(/err\n$/) });
    const missing = await runCli(['run', '-o', 'none.txt', 'alpine', 'sh', '-c', 'echo x > output/y'], options);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/warning: .*y \(2 B\)[\s\S]*error: OUTPUT_MISSING: .*none\.txt/);
  });

  test('run: output of the command appears while it runs', async () => {
    const script = 'echo live >&2; while [ ! -e /tmp/enough ]; do sleep 0.1; done';
    const running = startCli(['run', '-q', '--timeout', '60', 'alpine', 'sh', '-c', script], cli.options);
    await running.says('live');
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
  });

  test('run: what follows the image is the command, dashes included, as with Docker', async () => {
    const listed = await cli.exec('run', '--rm', '-w', '/etc', 'alpine', 'ls', '-la', '--', 'passwd');
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^-rw.* passwd\n$/) });
    await writeFile(join(cli.cwd, 'some.env'), 'A="quoted"\n');
    const options = ['--network', 'none', '-m64m', '--cpus=0.5', '--pull=missing', '--name', 'n', '-u', '1000:1000'];
    const shown = ['--env-file', 'some.env', '-e', 'B=b', '--read-only', '--pids-limit', '50', '--entrypoint', 'sh'];
    const script = 'echo $(id -u) $A $B $0 $1; touch /x 2>&1';
    const ran = await cli.exec('run', ...options, ...shown, 'alpine', '-c', script, '--rm', '--json');
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/^1000 "quoted" b --rm --json\ntouch: .*\n$/) });
    const before = await cli.exec('run', 'alpine', '-e', 'B=b', '--json', '--', 'sh', '-c', 'echo $B');
    expect(responseOf(before).result?.output).toBe('b\n');
    const forgotten = await cli.exec('run', 'alpine', '--memory', '64m', 'ls');
    expect(forgotten).toMatchObject({
      code: 125,
      stdout: '',
      stderr: expect.stringContaining('come before the image'),
    });
  });

  test.skipIf(noTerminal !== '')(`at a terminal the answer is a summary${noTerminal}`, async () => {
    const args = ['run', 'alpine', '-o', 'a.txt', '--', 'sh', '-c', '"echo hello; echo 12345 > output/a.txt"'];
    const { code, stdout } = await runCliOnTerminal(args, cli.options);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^hello\n✓ Success in \d+\.\ds\n {2}files {4}a\.txt {2}6 B\n {2}phases {3}.*ran \d.*\n {2}runtime {2}docker · image sha256:[0-9a-f]{12}/,
    );
  });
});

describeWith(['docker', 'oci'], 'exec-agent run that is killed', () => {
  const deploymentOf = (container: { Labels: Readonly<Record<string, string>> }) => container.Labels[labels.deployment];
  /** Directories, and containers of that deployment. */
  const left = async (deployment: string | undefined) => [
    ...(await docker().containers()).filter((each) => deployment !== undefined && deploymentOf(each) === deployment),
    ...(await runCommand('find', join(cli.cwd, 'data', 'work'), '-mindepth', '3', '-maxdepth', '3')).split('\n'),
  ];

  /** Of the container whose command has the mark; other tests have containers in the engine too. */
  const findDeployment = async (mark: string) => {
    for (const each of await docker().containers()) {
      const whole = await docker()
        .inspect(each.Id)
        .catch(() => '');
      if (whole.includes(mark)) return deploymentOf(each);
    }
    return undefined;
  };

  test.each(['docker', 'oci'])('leaves a container on %s, which the next one takes away', async (runtime) => {
    const { cwd, env } = cli.options;
    const options = { cwd, env: { ...env, EXEC_RUNTIME: runtime } };
    const mark = randomUUID();
    const killed = startCli(['run', 'alpine', '--', 'sh', '-c', `echo begun >&2; sleep 600; : ${mark}`], options);
    await killed.says('begun');
    killed.kill('SIGKILL');
    await killed.ended;
    const deployment = await findDeployment(mark);
    expect(deployment !== undefined).toBe(runtime === 'docker');
    expect((await left(deployment)).filter((each) => each !== '')).not.toEqual([]);
    expect(await runCli(['doctor'], options)).toMatchObject({ code: 0 });
    expect((await left(deployment)).filter((each) => each !== '')).toEqual([]);
  });
});
