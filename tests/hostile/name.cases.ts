import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import type { HostileBench, Variant } from './open-hostile-bench.ts';

const { signal } = new AbortController();

/** Ways to write a path that leaves its directory, if any part reads more into a name than its characters. */
const attempts: readonly string[] = [
  '../../../../../../etc/shadow',
  '/etc/shadow',
  '..',
  './..',
  'a/../../b',
  '..%2f..%2fetc%2fshadow',
  '%2e%2e/%2e%2e/etc/shadow',
  '%252e%252e%252fetc%252fshadow',
  '..\\..\\etc\\shadow',
  '..;/etc/shadow',
  '..\u2215etc',
  '\uff0e\uff0e/etc/shadow',
  'nul\u0000byte',
  '/proc/self/root/etc/shadow',
  '~root/.ssh/id_rsa',
  '$(id)',
  '`id`',
  '-rf',
  'line\nfeed',
  'x'.repeat(300),
  'a/'.repeat(3000),
];

type Field = readonly [string, (attempt: string) => object];

/** Names and ids of a request that could be taken for paths of the host. */
export function nameCases(bench: () => HostileBench, runtime: Variant['runtime']): void {
  const engineFields: readonly Field[] = [
    [
      'container.working_dir',
      (path) => ({ container: { image: 'alpine:latest', command: ['true'], working_dir: `/workspace/${path}` } }),
    ],
  ];
  const agentFields: readonly Field[] = [
    ['input.files[].path', (path) => ({ input: { files: [{ name: 'f', path, content: 'x' }] } })],
    ['input.files[].name', (name) => ({ input: { files: [{ name, content: 'x' }] } })],
    [
      'input.minio_objects[].object_name',
      (name) => ({ input: { minio_objects: [{ object_name: name, local_path: 'f' }] } }),
    ],
    [
      'input.minio_objects[].local_path',
      (path) => ({ input: { minio_objects: [{ object_name: 'own/object', local_path: path }] } }),
    ],
    [
      'input.minio_objects[].bucket',
      (bucket) => ({ input: { minio_objects: [{ object_name: 'own/object', bucket }] } }),
    ],
    ['input.objects[].path', (path) => ({ input: { objects: [{ url: 's3://exec-agent/own/object', path }] } })],
    [
      'input.objects[].url of an object',
      (name) => ({ input: { objects: [{ url: `s3://exec-agent/${name}`, path: 'f' }] } }),
    ],
    ['input.objects[].url of a file', (name) => ({ input: { objects: [{ url: `file:///${name}`, path: 'f' }] } })],
    ['output.expected_files[]', (name) => ({ output: { expected_files: [name] } })],
    [
      'output.upload_to[].path',
      (path) => ({ output: { upload_to: [{ path, url: 's3://exec-agent/uploaded/object' }] } }),
    ],
    [
      'output.upload_to[].url',
      (name) => ({ output: { upload_to: [{ path: 'never', url: `s3://exec-agent/uploaded/${name}` }] } }),
    ],
  ];
  // An engine sees none of those of the agent.
  const fields = runtime === 'oci' ? [...agentFields, ...engineFields] : engineFields;

  test.each(fields)('%s means its characters and nothing more', async (_field, requestOf) => {
    await bench().store.put({ name: 'own/object' }, Readable.from(['own']), signal);
    const before = await readdir('/');
    const answers = attempts.map(async (attempt) => {
      const { error_code: code, success } = await bench().send({ ...shell('true'), ...requestOf(attempt) });
      expect(success ? 'SUCCESS' : code, attempt).toMatch(
        /^(SUCCESS|INVALID_REQUEST|POLICY_DENIED|INPUT_NOT_FOUND|OUTPUT_MISSING|START_FAILED)$/,
      );
    });
    await Promise.all(answers);
    expect(await readdir('/')).toEqual(before);
  });

  test('a correlation id may be anything, comes back as it is, and names no file', async () => {
    const answers = [...attempts.filter((each) => each.length <= 500), '*', '?', '{exec}'].map(async (attempt) => {
      const id = `${attempt}${randomUUID().slice(0, 4)}`;
      const { deployment } = bench();
      await deployment.publish(shell('echo $EXECUTION_ID', { correlation_id: id }));
      const { success, execution_id: execution, result } = await deployment.answerTo(id);
      expect(success, id).toBe(true);
      expect(result?.output).toBe(`${execution}\n`);
    });
    await Promise.all(answers);
  });

  if (runtime !== 'oci') return;
  test('a URL of this machine or of its networks is refused before anyone is asked', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end('internal');
    });
    await new Promise<void>((listening) => server.listen(0, listening));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f000001', '0']) {
        const url = `http://${host}:${port}/?token=hidden`;
        const response = await bench().run('true', { input: { objects: [{ url, path: 'f' }] } });
        expect(response).toMatchObject({ success: false, error_code: 'POLICY_DENIED' });
        expect(response.error).toMatch(/^input\.objects\[0]: .*EXEC_INPUT_HOSTS/);
        expect(response.error).not.toContain('hidden');
      }
      expect(asked).toBe(0);
      const url = `http://127.9.9.9:${port}/`;
      const allowed = await bench().run('cat /workspace/input/f', { input: { objects: [{ url, path: 'f' }] } });
      expect(allowed).toMatchObject({ success: true, result: { output: 'internal' } });
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
}
