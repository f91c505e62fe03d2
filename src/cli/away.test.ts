import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestTerminal } from '../../tests/cli/helpers/test-terminal.ts';
import { findFreePort } from '../../tests/parts/processes/free-port.ts';
import { runProgram } from './run-program.ts';

let directory = '';
let port = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'away-'));
  await writeFile(join(directory, 'request.json'), '{"container":{"image":"alpine"}}');
  port = await findFreePort();
});
afterAll(() => rm(directory, { recursive: true }));

const overBoth = [
  ['submit', 'request.json'],
  ['ps'],
  ['get', '3f2a'],
  ['wait', '3f2a'],
  ['logs', '3f2a'],
  ['files', '3f2a'],
  ['cp', '3f2a:', 'out'],
  ['events'],
  ['cancel', '3f2a'],
  ['rm', '3f2a'],
  ['agents'],
  ['pause'],
  ['resume'],
];
const overHttp = [
  ['images', 'list'],
  ['images', 'pull', 'alpine'],
  ['images', 'rm', 'alpine'],
  ['images', 'prune'],
];
const overRedis = [
  ['token', 'create'],
  ['token', 'list'],
  ['token', 'revoke', 'x'],
  ['token', 'sessions', 'x'],
  ['audit'],
];

async function exec(args: readonly string[]) {
  const env = { HOME: directory, XDG_CONFIG_HOME: directory, EXEC_DATA_DIR: directory };
  const terminal = createTestTerminal({ cwd: directory, env });
  return { code: await runProgram(args, terminal), ...terminal.printed() };
}

test.each([...overBoth, ...overHttp])('away: an agent behind HTTP, for %s %s', async (...args) => {
  expect(await exec([...args, '--url', `http://127.0.0.1:${port}`])).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: [^\n]*cannot be reached: [^\n]*ECONNREFUSED[^\n]*\.\n$/),
  });
});

test.each([...overBoth, ...overRedis])('away: Redis, for %s %s', async (...args) => {
  expect(await exec([...args, '--redis', `redis://127.0.0.1:${port}`])).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: [^\n]*cannot be reached: [^\n]*ECONNREFUSED[^\n]*\.\n$/),
  });
});

test.each(overBoth)('away: no agent is known, for %s %s', async (...args) => {
  expect(await exec(args)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: No agent was found: [^\n]*\n$/),
  });
});
