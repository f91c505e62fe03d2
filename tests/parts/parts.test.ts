import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { startRegistry } from './images/registry.ts';
import { runCommand } from './processes/run-command.ts';
import { describeWith } from './require-part.ts';
import { startRedis } from './stores/redis.ts';

describeWith('docker', 'the engine of the tests', () => {
  const { tlsHost, certDir } = inject('docker');

  async function askOverTls(options: { readonly withCertificate: boolean }): Promise<string> {
    const files = options.withCertificate ? { cert: 'cert.pem', key: 'key.pem' } : {};
    const read = Object.entries({ ca: 'ca.pem', ...files }).map(async ([name, file]) => [
      name,
      await readFile(join(certDir, file)),
    ]);
    const tls = Object.fromEntries(await Promise.all(read));
    return new Promise((resolve, reject) => {
      get(tlsHost.replace('tcp:', 'https:').concat('/_ping'), tls, (response) => resolve(text(response))).once(
        'error',
        reject,
      );
    });
  }

  test('answers over TLS a client that shows its certificate', async () => {
    expect(await askOverTls({ withCertificate: true })).toBe('OK');
  });

  test('refuses a client without a certificate', async () => {
    await expect(askOverTls({ withCertificate: false })).rejects.toThrow(/bad certificate|certificate required/);
  });
});

describeWith(['docker', 'debian-image'], 'the images of the tests', () => {
  const run = (...args: string[]) => runCommand('docker', '--host', inject('docker').host, 'run', '--rm', ...args);

  test.each([
    ['alpine:latest', ['sh', '-c', 'echo $((1+1))'], '2\n'],
    ['alpine:latest', ['/usr/bin/env', 'id', '-un'], 'root\n'],
    ['python:3.9-slim', ['python', '-c', 'import http.client; print(1+1)'], '2\n'],
    ['r-base:latest', ['Rscript', '-e', 'cat(1+1)'], '2'],
  ])('%s runs %j', async (image, command, output) => {
    expect(await run(image, ...command)).toBe(output);
  });
});

describeWith('redis', 'a Redis of a test’s own', () => {
  test('keeps what was written before it was killed, when it appends', async () => {
    const options = { directory: join(tmpdir(), 'kept-redis'), appendOnly: true };
    const first = await startRedis(options);
    const client = new Redis(first.socket);
    await client.set('key', 'value');
    client.disconnect();
    await first.kill();
    const second = await startRedis({ ...options, port: first.port });
    const again = new Redis(second.url);
    expect(await again.get('key')).toBe('value');
    again.disconnect();
    await second.stop();
    await runCommand('rm', '-r', options.directory);
  });
});

describeWith(['registry', 'oci'], 'a registry of a test’s own', () => {
  test('gives an image to those who log in, and to no one else', async () => {
    const registry = await startRegistry({ login: { user: 'someone', password: 'secret' } });
    const image = `docker://${registry.address}/team/alpine:latest`;
    const archive = `docker-archive:${inject('archives').alpine}`;
    const login = ['--dest-tls-verify=false', '--dest-creds', 'someone:secret'];
    await runCommand('skopeo', 'copy', '--insecure-policy', ...login, archive, image);
    const inspected = await runCommand('skopeo', 'inspect', '--tls-verify=false', '--creds', 'someone:secret', image);
    expect(JSON.parse(inspected)).toMatchObject({ Labels: { 'exec-agent.tests': 'made locally' } });
    await expect(runCommand('skopeo', 'inspect', '--no-creds', '--tls-verify=false', image)).rejects.toThrow(
      /unauthorized|authentication required/,
    );
    await registry.stop();
  });
});
