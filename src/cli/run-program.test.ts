import { expect, test } from 'vitest';
import { createTestTerminal } from '../../tests/cli/helpers/test-terminal.ts';
import { followEvents } from './executions/follow-events.ts';
import { runProgram } from './run-program.ts';
import { createSink } from './terminal/terminal.ts';

async function exec(...args: string[]) {
  const terminal = createTestTerminal();
  return { code: await runProgram(args, terminal), ...terminal.printed() };
}

test('without arguments the help is printed and nothing failed', async () => {
  const { code, stdout, stderr } = await exec();
  expect(code).toBe(0);
  expect(stderr).toBe('');
  for (const command of ['run', 'demo', 'serve', 'submit', 'validate', 'doctor', 'config', 'images'])
    expect(stdout).toMatch(new RegExp(`^ {2}${command} {2,}\\S`, 'm'));
});

test('every command has a help with examples or subcommands', async () => {
  for (const command of ['run', 'demo', 'serve', 'submit', 'validate', 'doctor', 'config', 'images']) {
    const { code, stdout } = await exec(command, '--help');
    expect(code, command).toBe(0);
    expect(stdout, command).toMatch(/^(Examples|Commands):$/m);
  }
});

test('the help of run documents its exit codes', async () => {
  const { stdout } = await exec('help', 'run');
  for (const code of [1, 2, 3, 124, 125, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\S`, 'm'));
});

test('token create: its help says that operate is for operators and concerns all tenants', async () => {
  const { stdout } = await exec('token', 'create', '--help');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('operate: for operators, of all tenants:');
});

test('--tenant: an empty one, as from a variable that is not set, is refused', async () => {
  for (const command of ['ps', 'stats', 'events', 'cancel'])
    expect(await exec(command, '--tenant', ''), command).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--tenant'),
    });
});

test('events: an id and --tenant are refused together', async () => {
  const terminal = createTestTerminal();
  expect(() => followEvents('3f2a', terminal, { tenant: 'a' })).toThrow('Leave out one of both');
});

test('data tasks: are no commands for users', async () => {
  const { stdout } = await exec('--help');
  expect(stdout).not.toMatch(/^ {2}(stage|collect) /m);
});

test('a mistyped command or option is answered with a suggestion and exit code 2', async () => {
  expect(await exec('vaildate')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'vaildate'\n(Did you mean validate?)\n",
  });
  expect(await exec('run', 'alpine', '--tiemout', '3', '--', 'true')).toMatchObject({
    code: 2,
    stderr: "error: unknown option '--tiemout'\n(Did you mean --timeout?)\n",
  });
});

test('a value that an option cannot take is named with what it can', async () => {
  const { code, stderr } = await exec('run', '--timeout', 'soon', 'alpine');
  expect(code).toBe(2);
  expect(stderr).toContain("'soon' is invalid. Write seconds, such as 30, or 90s, 5m, 2h.");
});

test('the version is that of the package', async () => {
  const { code, stdout } = await exec('--version');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('a request file that does not exist is not taken for an image', async () => {
  expect(await exec('run', 'no-such-request.json')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'error: no-such-request.json does not exist. Name a request file, "-" for standard input, or an image.\n',
  });
});

test('--debug shows where an error came from', async () => {
  const { stderr } = await exec('run', 'no-such-request.json', '--debug');
  expect(stderr).toMatch(/^error: .*\nExecError: .*\n {4}at /);
});

test('colours: FORCE_COLOR gives them without a terminal, NO_COLOR takes them away', () => {
  const stream = { isTTY: false, write: () => true };
  expect(createSink(stream, { FORCE_COLOR: '1' }).colors.isColorSupported).toBe(true);
  expect(createSink(stream, { FORCE_COLOR: '0' }).colors.isColorSupported).toBe(false);
  expect(createSink({ ...stream, isTTY: true }, { FORCE_COLOR: '1', NO_COLOR: '1' }).colors.isColorSupported).toBe(
    false,
  );
});

test("Docker's options of run: what works otherwise here is named in one sentence", async () => {
  for (const [args, sentence] of [
    [['-v', '/data:/data'], /^error: -v, --volume: .*-i FILE:PATH/],
    [['--mount', 'type=bind'], /^error: --mount: .*-i FILE:PATH/],
    [['--network', 'host'], /^error: --network host: .*container\.network/],
    [['-it'], /^error: -t, --tty: Containers have no terminal/],
    [['-d'], /^error: -d, --detach: .*exec-agent submit/],
    [['-p', '80:80'], /^error: -p, --publish: .*container\.ports/],
    [['--privileged'], /^error: --privileged: .*never/],
  ] as const) {
    const end = await exec('run', ...args, 'alpine', 'ls', '-la');
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(end.stderr.trim().split('\n')).toHaveLength(1);
  }
  const given = ['--rm', '--network', 'none', '-m', '64m', '-w', '/tmp', '-u', 'nobody', '--name', 'n'];
  const { stderr } = await exec('run', ...given, 'no-such-request.json');
  expect(stderr).toContain('does not exist');
});

test('help: every command says what it does, in lines as wide as the terminal', async () => {
  const columns = 80;
  const describedIn = async (...command: string[]): Promise<void> => {
    const title = command.join(' ');
    const { code, stdout } = await exec(...command, '--help');
    expect(code, title).toBe(0);
    const [usage = '', description = ''] = stdout.split('\n\n');
    expect(usage, title).toMatch(/^Usage: exec-agent /);
    expect(description, title).toMatch(/^[A-Z].*[.]$/s);
    expect(stdout, title).not.toMatch(/default: ""|display help/);
    const lines = description.split('\n');
    for (const [index, line] of lines.entries()) {
      const [next = ''] = (lines[index + 1] ?? '').split(' ');
      if (next !== '' && !/[.:]$/.test(line)) expect(`${line} ${next}`.length, line).toBeGreaterThan(columns);
    }
    const [, subcommands = ''] = /^Commands:\n(.*?)(?:\n\n|$)/ms.exec(stdout) ?? [];
    for (const [, name = ''] of subcommands.matchAll(/^ {2}([a-z]+) {2,}/gm))
      if (name !== 'help') await describedIn(...command, name);
  };
  const { stdout } = await exec('--help');
  const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name);
  expect(names).toContain('service');
  for (const name of names) if (name !== 'help') await describedIn(name);
});
