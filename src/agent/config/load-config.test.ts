import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configEntries } from './config-schema.ts';
import { loadConfig } from './load-config.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'config-'));
});

afterEach(() => rm(cwd, { recursive: true }));

test('every setting has a variable, a description and a default that is valid', async () => {
  const { config, sources } = await loadConfig({ env: {}, cwd });
  expect(config.timeoutDefault).toBe(300);
  expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  for (const { env, description } of configEntries) {
    expect(env).toMatch(/^[A-Z][A-Z_]+$/);
    expect(description.length).toBeGreaterThan(10);
  }
  expect(new Set(configEntries.map(({ env }) => env)).size).toBe(configEntries.length);
});

test('the command line stands above the environment, that above .env, that above the file', async () => {
  await writeFile(join(cwd, 'agent.yaml'), 'concurrency: 1\npidsDefault: 10\nmemoryDefault: 1g\nlogLevel: debug\n');
  await writeFile(
    join(cwd, '.env'),
    'EXEC_CONFIG=agent.yaml\nEXEC_CONCURRENCY=2\nEXEC_PIDS_DEFAULT=20\nEXEC_MEMORY_DEFAULT=2g\n',
  );
  const env = { EXEC_CONCURRENCY: '3', EXEC_PIDS_DEFAULT: '30' };
  const { config, sources } = await loadConfig({ env, cwd, overrides: { concurrency: 4 } });
  expect(config).toMatchObject({ concurrency: 4, pidsDefault: 30, memoryDefault: 2 * 1024 ** 3, logLevel: 'debug' });
  expect(sources).toMatchObject({
    concurrency: 'command line',
    pidsDefault: 'environment',
    memoryDefault: '.env',
    logLevel: 'file',
    runtime: 'default',
  });
});

test('wrong values are all named, each with the value, where it stands and what is allowed', async () => {
  const loading = loadConfig({ env: { EXEC_RUNTIME: 'podman', EXEC_MEMORY_MAX: 'lots', EXEC_CONCURRENCY: '0' }, cwd });
  await expect(loading).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  const message = await loading.catch((error: Error) => error.message);
  expect(message).toContain(
    'EXEC_RUNTIME: "podman" (from environment) is not valid; allowed: one of auto, docker, oci, kubernetes.',
  );
  expect(message).toContain(
    'EXEC_MEMORY_MAX: "lots" (from environment) is not valid; allowed: a size such as 512m or 2g.',
  );
  expect(message).toContain('EXEC_CONCURRENCY: "0"');
});

test('an unknown key of the file is named', async () => {
  await writeFile(join(cwd, 'agent.yaml'), 'concurency: 1\n');
  const loading = loadConfig({ env: { EXEC_CONFIG: 'agent.yaml' }, cwd });
  await expect(loading).rejects.toThrow('unknown key concurency');
});

test('a configuration file that is not there stops the start', async () => {
  await expect(loadConfig({ env: { EXEC_CONFIG: 'none.yaml' }, cwd })).rejects.toThrow(
    'none.yaml, which does not exist',
  );
});

test('a list is written with commas, or as a YAML list, and each of its values is checked', async () => {
  await writeFile(join(cwd, 'agent.yaml'), 'inputDirectories: [/data, "/mnt/more data"]\n');
  const env = { EXEC_CONFIG: 'agent.yaml', EXEC_INPUT_HOSTS: 'files.example.com, *.local,10.0.0.0/8,' };
  const { config } = await loadConfig({ env, cwd });
  expect(config.inputHosts).toEqual(['files.example.com', '*.local', '10.0.0.0/8']);
  expect(config.inputDirectories).toEqual(['/data', '/mnt/more data']);
  for (const wrong of [
    { EXEC_INPUT_HOSTS: '10.0.0.0/99' },
    { EXEC_INPUT_FILES: 'data' },
    { EXEC_INPUT_FILES: '/a/../b' },
  ])
    await expect(loadConfig({ env: wrong, cwd })).rejects.toThrow(/EXEC_INPUT_(HOSTS|FILES): /);
});

test('EXEC_PORTS: ports and ranges from 1 to 65535, by default none that system services use', async () => {
  expect((await loadConfig({ env: {}, cwd })).config.hostPorts).toEqual(['20000-32767']);
  const env = { EXEC_PORTS: '8001, 20000-32767' };
  expect((await loadConfig({ env, cwd })).config.hostPorts).toEqual(['8001', '20000-32767']);
  await writeFile(join(cwd, 'agent.yaml'), 'hostPorts: [8001, 9000-9010]\n');
  expect((await loadConfig({ env: { EXEC_CONFIG: 'agent.yaml' }, cwd })).config.hostPorts).toEqual([
    '8001',
    '9000-9010',
  ]);
  for (const wrong of ['0', '0-80', '65536', '9000-8000', 'all', '-1', '80-', '1.5'])
    await expect(loadConfig({ env: { EXEC_PORTS: wrong }, cwd }), wrong).rejects.toThrow(/EXEC_PORTS: .*8001,20000/);
});

test('EXEC_HTTP_BASE: a path without a slash at its end, other than those that the agent serves', async () => {
  const baseOf = async (path: string) => (await loadConfig({ env: { EXEC_HTTP_BASE: path }, cwd })).config.httpBase;
  expect((await loadConfig({ env: {}, cwd })).config.httpBase).toBe('');
  expect(await Promise.all(['/exec', '/exec/', '/a/b.c/d-e_f~1', '/', '/v1beta'].map(baseOf))).toEqual([
    '/exec',
    '/exec',
    '/a/b.c/d-e_f~1',
    '',
    '/v1beta',
  ]);
  for (const wrong of ['exec', '//exec', '/..', '/a/../b', '/a b', '/a?b', '/a"b', '/<x>', '/v1', '/ui/x', 'http://x/'])
    await expect(baseOf(wrong), wrong).rejects.toThrow(/EXEC_HTTP_BASE: .*a path such as \/exec/);
});

test('misspelt settings: the one that is meant is named; variables of others are not', async () => {
  const env = { EXEC_CONCURENCY: '2', EXEC_SOMETHING_ELSE: '1', EXEC_CONFIG: '' };
  const { warnings } = await loadConfig({ env, cwd: '/' });
  expect(warnings).toEqual(['EXEC_CONCURENCY is not a setting. Write EXEC_CONCURRENCY.']);
});

test('EXEC_LABELS and EXEC_TENANT_WEIGHTS: pairs from the environment, and a mistake names what is allowed', async () => {
  const cwd = '/nowhere';
  const env = { EXEC_LABELS: 'gpu=a100, zone=b', EXEC_TENANT_WEIGHTS: 'acme=3,default=0.5' };
  const { config } = await loadConfig({ env, cwd });
  expect(config).toMatchObject({ labels: { gpu: 'a100', zone: 'b' }, tenantWeights: { acme: 3, default: 0.5 } });
  for (const labels of ['gpu', 'gpu=', '=x', 'gpu=a:b', 'gpu=1,gpu=2', 'gpu=a=b', 'gpu=a b'])
    await expect(loadConfig({ env: { EXEC_LABELS: labels }, cwd }), labels).rejects.toThrow('EXEC_LABELS');
  for (const weights of ['acme', 'acme=', 'acme=0', 'acme=-1', 'acme=x', 'Acme=1', 'acme=1,acme=2'])
    await expect(loadConfig({ env: { EXEC_TENANT_WEIGHTS: weights }, cwd }), weights).rejects.toThrow('such as acme=3');
});

test('a Redis Cluster: streams are named after the prefix, and a name in another slot is refused', async () => {
  const REDIS_URL = 'redis+cluster://127.0.0.1:7000';
  const { config } = await loadConfig({ env: { REDIS_URL, EXEC_KEY_PREFIX: 'ci' }, cwd });
  expect(config).toMatchObject({ requestChannel: '{ci}-requests', responseChannel: '{ci}-responses' });
  expect(config).toMatchObject({ controlChannel: '{ci}-control', eventsChannel: 'exec-events' });
  const named = await loadConfig({ env: { REDIS_URL, EXEC_REQUEST_CHANNEL: 'jobs-{exec}' }, cwd });
  expect(named.config.requestChannel).toBe('jobs-{exec}');
  await expect(loadConfig({ env: { REDIS_URL, EXEC_REQUEST_CHANNEL: 'jobs' }, cwd })).rejects.toThrow(
    'EXEC_REQUEST_CHANNEL: on a Redis Cluster the name has to contain {exec}, so that one script can write to the stream and the queue. Set it to {exec}-requests, or leave it out.',
  );
  await expect(loadConfig({ env: { REDIS_URL, EXEC_KEY_PREFIX: 'a}b' }, cwd })).rejects.toThrow('EXEC_KEY_PREFIX');
  const wrong = loadConfig({ env: { REDIS_URL: 'redis+cluster://host:x' }, cwd });
  await expect(wrong).rejects.toThrow('redis+cluster://user:password@host:port,host:port');
  const single = await loadConfig({ env: { REDIS_URL: 'redis://127.0.0.1', EXEC_KEY_PREFIX: 'ci' }, cwd });
  expect(single.config.requestChannel).toBe('exec-requests');
});

test.each(
  configEntries.filter(({ description }) => /\b0( disables|:)/.test(description)),
)('$env: takes the 0 of its description', async ({ env, key }) => {
  const { config } = await loadConfig({ env: { [env]: '0' }, cwd });
  expect(config).toMatchObject({ [key]: 0 });
});
