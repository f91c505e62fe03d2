import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestTerminal } from '../../../../tests/cli/helpers/test-terminal.ts';
import { stringifyJson } from '../../../support/json/json.ts';
import { executionRequestSchema } from '../../../wire/request/request.ts';
import type { RequestFlags } from '../run-flags.ts';
import { buildRequest } from './build-request.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'build-request-'));
});

afterEach(() => rm(cwd, { recursive: true }));

function build(flags: RequestFlags, command: string[] = []) {
  const inputs = { files: [], minioObjects: [], uploaded: [] };
  const terminal = createTestTerminal({ cwd, env: { HOME: '/home/ada' } });
  return buildRequest({ image: 'alpine', command, flags, inputs }, terminal);
}

test('what is not said stays open, so that the image and the agent decide', async () => {
  const request = await build({});
  expect(request).toEqual({
    container: { image: 'alpine', resources: {} },
    input: { files: [], minio_objects: [] },
    output: { graph_update: 'optional' },
    environment: {},
  });
  expect(executionRequestSchema.safeParse(request).success).toBe(true);
});

test('every option reaches its field', async () => {
  const flags = {
    cpus: 0.5,
    memory: '512m',
    pids: 9,
    entrypoint: '/bin/sh',
    user: '1000',
    workdir: '/tmp',
    pull: 'never',
    output: ['out/*'],
    timeout: 30,
  };
  const request = await build(flags, ['-c', 'id']);
  expect(request).toMatchObject({
    container: {
      command: ['-c', 'id'],
      entrypoint: ['/bin/sh'],
      user: '1000',
      working_dir: '/tmp',
      pull: 'never',
      resources: { cpus: 0.5, memory: '512m', pids: 9 },
    },
    output: { expected_files: ['out/*'] },
    timeout: 30,
  });
  expect(executionRequestSchema.safeParse(request).success).toBe(true);
});

test('variables come from files, from here and from the command line, the last one wins', async () => {
  await writeFile(join(cwd, 'some.env'), '# comment\nA=file\n\n  B="with space" # all of it\r\nHOME\nNOPE\nD=\n');
  expect(await build({ envFile: ['some.env'], env: ['A=line', 'C=x=y'] })).toMatchObject({
    environment: { A: 'line', B: '"with space" # all of it', HOME: '/home/ada', C: 'x=y', D: '' },
  });
  await writeFile(join(cwd, 'wrong.env'), 'A=1\nexport B=2\n');
  await expect(build({ envFile: ['wrong.env'] })).rejects.toThrow('--env-file wrong.env, line 2: write NAME=VALUE.');
});

test('a variable without a value here is an error that says how to write one', async () => {
  await expect(build({ env: ['NOPE'] })).rejects.toThrow(
    '-e NOPE has no value, and the variable is not set here. Write NOPE=VALUE.',
  );
  await expect(build({ env: ['=x'] })).rejects.toThrow('-e =x has no variable name. Write NAME=VALUE.');
});

test('long numbers of a graph keep their digits', async () => {
  const graph = '{"nodes":[{"id":12345678901234567890}],"relationships":[]}';
  await writeFile(join(cwd, 'graph.json'), graph);
  expect(stringifyJson(await build({ graph: 'graph.json' }))).toContain(graph);
});

test('a file that is not JSON is named with its option', async () => {
  await writeFile(join(cwd, 'config.json'), '{');
  await expect(build({ config: 'config.json' })).rejects.toThrow(/^--config config\.json is not JSON: /);
});

test('--placement: labels reach container.placement, and one without a value is refused', async () => {
  const request = await build({ placement: ['gpu=a100', 'zone=b'] });
  expect(request).toMatchObject({ container: { placement: { gpu: 'a100', zone: 'b' } } });
  await expect(build({ placement: ['gpu'] })).rejects.toThrow('--placement: "gpu" is not a label');
});
