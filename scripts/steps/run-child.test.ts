import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runChild, runQuietly } from './run-child.mjs';

const loop = 'echo up; while :; do sleep 0.02; done';

test('the exit code of the program is that of the task', async () => {
  expect(await runChild('sh', ['-c', 'exit 7'])).toBe(7);
  expect(await runChild('sh', ['-c', 'kill -TERM $$'])).toBe(128 + 15);
});

test('a signal that only the task got reaches the program, which may still clean up', async () => {
  const script = `
    import { runChild } from './scripts/steps/run-child.mjs';
    process.exitCode = await runChild('sh', ['-c', 'trap "exit 9" TERM; ${loop}']);
  `;
  const task = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(task.stdout, 'data');
  task.kill('SIGTERM');
  expect(await once(task, 'exit')).toEqual([9, null]);
});

test('what a quiet program printed is kept, from both streams', async () => {
  expect(await runQuietly('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({ code: 3, output: 'out\nerr\n' });
});

test('a task that does not exist is answered with those that do', async () => {
  const { code, output } = await runQuietly(process.execPath, ['scripts/with-dependencies.mjs', 'tset']);
  expect(code).toBe(2);
  expect(output).toMatch(/^There is no task "tset"\. Tasks: demo, check, test, [a-z, ]+\.\n$/);
});
