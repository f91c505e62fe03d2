import { expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

const shell = (script: string) => ['sh', '-c', script];

test('runCommand: returns exit code, stdout, stderr and both together', async () => {
  const { code, stdout, stderr } = await runCommand(shell('echo out; echo err >&2; exit 3'), {});
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  expect((await runCommand(shell('echo a; echo b >&2'), {})).output).toMatch(/a\n/);
});

test('runCommand: a signal is 128 and its number', async () => {
  expect((await runCommand(shell('kill -TERM $$'), {})).code).toBe(143);
});

test('runCommand: passes input and environment, and lines as they come', async () => {
  const lines: string[] = [];
  const { stdout } = await runCommand(shell('cat; echo "$GREETING"'), {
    environment: { GREETING: 'hello', PATH: process.env.PATH },
    input: 'in\n',
    onLine: (line) => lines.push(line),
  });
  expect(stdout).toBe('in\nhello\n');
  expect(lines).toEqual(['in', 'hello']);
});

test('runCommand: an aborted signal kills the command, also one that ignores SIGTERM', async () => {
  const abort = new AbortController();
  const options = { signal: abort.signal, onLine: () => abort.abort(new Error('enough')) };
  await expect(runCommand(shell('trap "" TERM; echo begun; exec sleep 1000'), options)).rejects.toThrow('enough');
  await expect(runCommand(['true'], { signal: abort.signal })).rejects.toThrow('enough');
});

test('runCommand: more output than allowed kills the command and is not kept', async () => {
  const { code, stdout, output } = await runCommand(['yes'], { maxStdoutBytes: 100_000 });
  expect(code).toBe(137);
  expect(stdout.length).toBeLessThanOrEqual(100_000);
  expect(output.length).toBeLessThanOrEqual(16 * 1024);
});

test('runCommand: a program that does not exist rejects with the error of the system', async () => {
  await expect(runCommand(['/nonexistent/program'], {})).rejects.toMatchObject({ code: 'ENOENT' });
});

test('runCommand: input that nobody reads is no error', async () => {
  expect((await runCommand(['true'], { input: 'x'.repeat(1_000_000) })).code).toBe(0);
});
