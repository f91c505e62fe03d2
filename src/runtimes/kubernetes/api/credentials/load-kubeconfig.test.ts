import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { findInClusterAccess } from './in-cluster-access.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';

let directory = '';
let now = 0;
const clock = { now: () => now };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});

afterAll(() => rm(directory, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function load(user: unknown, changes: Record<string, unknown> = {}, context?: string) {
  const path = join(directory, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: 'https://api.test:6443/prefix', 'certificate-authority-data': base64('CA') } },
    ],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'x', context: { cluster: 'c', user: 'u', namespace: 'jobs' } },
      { name: 'lost', context: { cluster: 'gone', user: 'u' } },
    ],
    'current-context': 'x',
    ...changes,
  };
  await writeFile(path, stringify(config));
  return loadKubeconfig({ path, context, environment: { PATH: process.env.PATH }, pluginTimeoutMs: 10_000, clock });
}

describe('kubeconfig', () => {
  test('gives the current context with its cluster, namespace and token', async () => {
    const access = await load({ token: 'secret' });
    expect(access).toMatchObject({ ca: 'CA', namespace: 'jobs', insecure: false });
    expect(access.server.href).toBe('https://api.test:6443/prefix');
    expect(await access.credentials.get()).toEqual({ token: 'secret' });
  });

  test('reads certificates from the file and from files beside it', async () => {
    await writeFile(join(directory, 'key.pem'), 'KEY');
    const { credentials } = await load({ 'client-certificate-data': base64('CERT'), 'client-key': 'key.pem' });
    expect(await credentials.get()).toEqual({ certificate: { cert: 'CERT', key: 'KEY' } });
  });

  test.each([
    ['a context that is missing', {}, {}, 'nope', 'it has no context "nope". Contexts: x, lost'],
    ['a cluster that is missing', {}, {}, 'lost', 'the cluster "gone", which is missing'],
    ['no current context', {}, { 'current-context': '' }, undefined, 'kubectl config use-context'],
    [
      'half a certificate',
      { 'client-key-data': base64('KEY') },
      {},
      undefined,
      'only one of client-certificate and client-key',
    ],
    ['a file that is missing', { 'client-certificate': 'no.pem', 'client-key': 'key.pem' }, {}, undefined, 'no.pem'],
    ['an auth-provider', { 'auth-provider': { name: 'gcp' } }, {}, undefined, 'no longer supports'],
    [
      'a server that is no URL',
      {},
      { clusters: [{ name: 'c', cluster: { server: 'api' } }] },
      undefined,
      '"api" is not',
    ],
  ])('refuses %s', async (_, user, changes, context, text) => {
    await expect(load(user, changes, context)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(text),
    });
  });

  test('refuses a program that needs a terminal', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'login', interactiveMode: 'Always' };
    await expect(load({ exec })).rejects.toThrow('needs a terminal');
  });
});

describe('credential program', () => {
  const plugin = (script: string, more = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script], ...more },
  });
  const printing = (status: string) =>
    plugin(`echo run >> '${directory}/runs'; printf '{"kind":"ExecCredential","status":${status}}'`);

  test('runs once until its credential expires, and again when the server refuses it', async () => {
    const token = `{"token":"'$(wc -l < '${directory}/runs' | tr -d ' ')'","expirationTimestamp":"1970-01-01T01:00:00Z"}`;
    now = 0;
    const { credentials } = await load(printing(token));
    const [first, same] = await Promise.all([credentials.get(), credentials.get()]);
    expect([first, same]).toEqual([{ token: '1' }, { token: '1' }]);
    now = 3_600_000 - 29_000;
    expect(await credentials.get()).toEqual({ token: '2' });
    now = 0;
    const second = await credentials.get();
    expect(second).toEqual({ token: '2' });
    // A refusal of the one before says nothing about this one.
    await credentials.refused(first);
    expect(await credentials.get()).toEqual({ token: '2' });
    await credentials.refused(second);
    expect(await credentials.get()).toEqual({ token: '3' });
  });

  test('gets the variables of the kubeconfig and what the API asks for', async () => {
    const script = `printf '{"kind":"ExecCredential","status":{"token":"%s %s"}}' "$WHO" "$(echo "$KUBERNETES_EXEC_INFO" | tr -d '"')"`;
    const { credentials } = await load(plugin(script, { env: [{ name: 'WHO', value: 'me' }] }));
    const { token = '' } = await credentials.get();
    expect(token).toContain('me {kind:ExecCredential,apiVersion:client.authentication.k8s.io/v1');
  });

  test.each([
    ['that fails', 'echo secret; exit 3', 'it ended with code 3'],
    ['that prints something else', 'echo secret', 'not an ExecCredential'],
    [
      'that prints no credential',
      `printf '{"kind":"ExecCredential","status":{}}'`,
      'neither a token nor a certificate',
    ],
  ])('%s is named with the fix, without what it printed', async (_, script, text) => {
    const { credentials } = await load(plugin(script, { installHint: 'Install it.' }));
    const error = await credentials.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining(text) });
    expect(String(error)).toContain('Install it.');
    expect(String(error)).not.toContain('secret');
  });
});

describe('service account of a pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

  test('is read from its directory, and its token again after a minute', async () => {
    for (const [name, text] of Object.entries({ 'ca.crt': 'CA', namespace: 'agents', token: 'one' }))
      await writeFile(join(directory, name), text);
    now = 0;
    const access = await findInClusterAccess(environment, clock, directory);
    expect(access).toMatchObject({ ca: 'CA', namespace: 'agents' });
    expect(access?.server.href).toBe('https://[fd00::1]/');
    expect(await access?.credentials.get()).toEqual({ token: 'one' });
    await writeFile(join(directory, 'token'), 'two');
    expect(await access?.credentials.get()).toEqual({ token: 'one' });
    now = 60_000;
    expect(await access?.credentials.get()).toEqual({ token: 'two' });
  });

  test('is missing outside of a cluster, and an error where it is not mounted', async () => {
    expect(await findInClusterAccess({}, clock, directory)).toBe(undefined);
    await expect(findInClusterAccess(environment, clock, join(directory, 'none'))).rejects.toThrow(
      'automountServiceAccountToken',
    );
  });
});
