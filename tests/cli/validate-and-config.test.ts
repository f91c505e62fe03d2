import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from './helpers/run-cli.ts';
import { useCli } from './helpers/use-cli.ts';

const cli = useCli();

test('validate names every problem and is exit code 2', async () => {
  await writeFile(join(cli.cwd, 'good.json'), '{"container":{"image":"alpine"},"colour":1}');
  await writeFile(join(cli.cwd, 'bad.json'), '{"container":{"image":7},"timeout":-1}');
  await writeFile(join(cli.cwd, 'broken.json'), '{\n  "container": {"image": "alpine"},\n}');
  const end = await cli.exec('validate', 'good.json', 'bad.json', 'none.json', 'broken.json');
  expect(end.code).toBe(2);
  expect(end.stdout.split('\n')).toEqual([
    '✓ good.json is valid',
    '    warning: line 1, column 42: colour: unknown field, ignored.',
    '✗ bad.json is not valid',
    expect.stringMatching(/^ {4}line 1, column 23: container\.image: 7 is not valid\. /),
    expect.stringMatching(/^ {4}line 1, column 36: timeout: -1 is not valid\. /),
    '✗ none.json is not valid',
    '    none.json cannot be read: there is no such file.',
    '✗ broken.json is not valid',
    '    The message is not JSON: line 3, column 1: expected a name in double quotes, found "}".',
    '',
  ]);
  expect(await cli.exec('validate', 'good.json')).toMatchObject({ code: 0 });
});

test('config shows every setting with its source, secrets never', async () => {
  await writeFile(join(cli.cwd, 'agent.yaml'), 'memoryDefault: 1g\n');
  const env = { ...cli.options.env, EXEC_CONFIG: 'agent.yaml', REDIS_URL: 'redis://:hunter2@queue:6379' };
  const end = await runCli(['config'], { cwd: cli.cwd, env });
  expect(end.code).toBe(0);
  expect(end.stdout).not.toContain('hunter2');
  expect(end.stdout).toMatch(/^ {2}REDIS_URL +redisUrl +\(set\) +environment$/m);
  expect(end.stdout).toMatch(/^ {2}EXEC_MEMORY_DEFAULT +memoryDefault +1 GiB +file$/m);
  expect(end.stdout).toMatch(/^ {2}EXEC_KEY_PREFIX +keyPrefix +exec +default$/m);
  const changed = await runCli(['config', '--changed', '--json'], { cwd: cli.cwd, env });
  expect(changed.stdout).not.toContain('hunter2');
  expect(JSON.parse(changed.stdout)).toContainEqual(
    expect.objectContaining({ key: 'memoryDefault', value: 1024 ** 3, source: 'file' }),
  );
});

test('a wrong setting stops a command with its name, value and what is allowed', async () => {
  const end = await runCli(['serve'], { cwd: cli.cwd, env: { ...cli.options.env, EXEC_CONCURRENCY: 'many' } });
  expect(end.code).toBe(2);
  expect(end.stderr).toMatch(
    /^error: The configuration has mistakes\.\n {2}EXEC_CONCURRENCY: "many" \(from environment\)/,
  );
});
