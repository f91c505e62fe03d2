import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { overflowSchema } from '../../src/wire/response/response.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { describeWith } from '../parts/require-part.ts';
import { type S3Server, startS3 } from '../parts/stores/s3.ts';
import { openClient } from './open-s3.ts';

const { signal } = new AbortController();
const program = inject('s3Program');
const MiB = 1024 ** 2;

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/** More than a message may have, in files that each fit into one. */
const large = {
  script: `cd /workspace/output; for name in a b c; do head -c 500000 /dev/zero | tr '\\0' $name > $name.txt; done
    echo '{"nodes":[{"id":12345678901234567890}],"relationships":[]}' > graph_update.json; echo said`,
  more: { output: { expected_files: ['*.txt'], graph_update: true, return_logs: true } },
};

describeWith(['redis', 'oci', 's3'], 'an agent', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3(program);
  });
  afterAll(() => server.stop());

  function settingsOf({ endpoint, accessKey, secretKey }: S3Server) {
    return { minioEndpoint: endpoint, minioAccessKey: accessKey, minioSecretKey: secretKey };
  }

  describe.each(['directory', 's3'])('whose answer is too large, with a store of the kind %s', (kind) => {
    let deployment: TestDeployment;
    let store: ObjectStore;
    beforeAll(async () => {
      const settings = kind === 's3' ? settingsOf(server) : {};
      deployment = await openDeployment({ runtime: 'oci', messageBytes: MiB, ...settings });
      ({ store } = await deployment.open());
    });
    afterAll(() => deployment.close());

    test('moves the contents to one object and keeps all else; the command line brings them back', async () => {
      const response = await deployment.run(shell(large.script, large.more));
      const { result } = response;
      expect(response).toMatchObject({ success: true, result: { output: 'said\n', ref: expect.any(String) } });
      const ref = result?.ref ?? '';
      const fact = { size: 500_000, sha256: expect.any(String), ref };
      expect(result?.output_files).toMatchObject(['a', 'b', 'c'].map((name) => ({ name: `${name}.txt`, ...fact })));
      for (const file of result?.output_files ?? []) expect(file).not.toHaveProperty('content');
      const { body } = await store.get({ name: ref }, signal);
      const { output_files: files } = overflowSchema.parse(await json(body));
      expect(files.map(({ content }) => content?.slice(-2))).toEqual(['aa', 'bb', 'cc']);

      const { redisUrl = '', keyPrefix, dataDir } = deployment.config;
      const env = { REDIS_URL: redisUrl, EXEC_KEY_PREFIX: keyPrefix, EXEC_DATA_DIR: dataDir, ...variables(kind) };
      const { stdout } = await runCli(['get', '--full', response.execution_id], { cwd: dataDir, env });
      expect(stdout).toContain('12345678901234567890');
      const whole = JSON.parse(stdout);
      expect(whole.result).not.toHaveProperty('ref');
      expect(whole.result.output_files).toMatchObject([{ content: 'a'.repeat(500_000) }, {}, {}]);
    });
  });

  function variables(kind: string): Readonly<Record<string, string>> {
    const { endpoint, accessKey, secretKey } = server;
    return kind === 's3' ? { MINIO_ENDPOINT: endpoint, MINIO_ACCESS_KEY: accessKey, MINIO_SECRET_KEY: secretKey } : {};
  }

  test.concurrent('puts output files where output.upload_to says: below a prefix, at a name, at a presigned URL', async () => {
    const settings = { ...settingsOf(server), uploadHosts: ['127.0.0.1'], presignSeconds: 60 };
    const deployment = await openDeployment({ runtime: 'oci', bucket: 'results', ...settings });
    try {
      const { store } = await deployment.open();
      await store.put({ name: 'bucket/is/there' }, Readable.from([Buffer.of(1)]), signal);
      const key = { Bucket: 'results', Key: 'signed/b.bin' };
      const presigned = await getSignedUrl(openClient(server), new PutObjectCommand(key));
      const script = `cd /workspace/output; mkdir sub; echo a > 'sub/ä ?.txt'; printf '\\377' > b.bin; : > empty`;
      const list = [
        { path: 'b.bin', url: presigned },
        { path: 'empty', url: 's3://results/single/empty' },
        { path: 'never', url: 's3://results/never' },
      ];
      const [tree, files] = await Promise.all([
        deployment.run(shell(script, { output: { upload_to: 's3://results/trees/1/' } })),
        deployment.run(shell(script, { output: { upload_to: list } })),
      ]);
      expect(tree.success).toBe(true);
      expect(tree.result?.minio_objects).toMatchObject([
        { object_name: 'trees/1/b.bin', bucket: 'results', size: 1, sha256: sha256(Buffer.of(0xff)) },
        { object_name: 'trees/1/empty', size: 0, sha256: sha256('') },
        { object_name: 'trees/1/sub/ä ?.txt', size: 2, sha256: sha256('a\n'), url: expect.any(String) },
      ]);
      expect(files).toMatchObject({
        success: false,
        error_code: 'OUTPUT_MISSING',
        error: expect.stringContaining('output.upload_to[2]'),
        result: {
          missing_files: ['never'],
          minio_objects: [{ object_name: 'single/empty', size: 0 }],
          uploads: [{ name: 'b.bin', url: presigned.replace(/\?.*/, ''), size: 1, sha256: sha256(Buffer.of(0xff)) }],
        },
      });
      expect(JSON.stringify(files)).not.toContain(new URL(presigned).searchParams.get('X-Amz-Signature'));
      const stored = ['trees/1/sub/ä ?.txt', 'single/empty', 'signed/b.bin'].map(async (name) => {
        const { body } = await store.get({ name }, signal);
        return buffer(body);
      });
      expect(await Promise.all(stored)).toEqual([Buffer.from('a\n'), Buffer.of(), Buffer.of(0xff)]);
    } finally {
      await deployment.close();
    }
  });

  describe('whose store fails', () => {
    test.concurrent('away: each use of it says so, and what needs no store is not lost', async () => {
      const gone = await startS3(program);
      const deployment = await openDeployment({ runtime: 'oci', messageBytes: MiB, ...settingsOf(gone) });
      try {
        const { store } = await deployment.open();
        await store.put({ name: 'in' }, Readable.from([Buffer.from('x')]), signal);
        await gone.stop();
        const script = 'echo said; echo kept > /workspace/output/r';
        const [read, written, moved] = await Promise.all([
          deployment.run(shell('true', { input: { minio_objects: [{ object_name: 'in' }] } })),
          deployment.run(shell(script, { output: { expected_files: ['r'], minio_upload: true } })),
          deployment.run(shell(large.script, large.more)),
        ]);
        const failed = { success: false, error_code: 'STORE_UNAVAILABLE' };
        for (const { error } of [read, written, moved])
          expect(error).toMatch(new RegExp(`${gone.endpoint} cannot be reached .*MINIO_ENDPOINT`));
        expect(read).toMatchObject(failed);
        expect(written).toMatchObject({
          ...failed,
          result: {
            exit_code: 0,
            output: 'said\n',
            output_files: [{ name: 'r', content: 'kept\n' }],
            minio_objects: [],
          },
        });
        expect(moved).toMatchObject({
          ...failed,
          result: { output: 'said\n', output_files: [{}, {}, { truncated: true }] },
        });
        expect(moved.result?.output_files[0]?.content).toHaveLength(500_000);
        expect(moved.result).not.toHaveProperty('ref');
      } finally {
        await deployment.close();
      }
    });

    test.concurrent('with other bytes than the request asks for, or none: the input is named, and nothing runs', async () => {
      const deployment = await openDeployment({ runtime: 'oci', bucket: 'inputs', ...settingsOf(server) });
      try {
        const { store } = await deployment.open();
        await store.put({ name: 'in.csv' }, Readable.from([Buffer.from('a,b')]), signal);
        const read = (url: string) =>
          deployment.run(shell('echo ran', { input: { objects: [{ url, path: 'in.csv', sha256: sha256('c,d') }] } }));
        const [other, none] = await Promise.all([read('s3://inputs/in.csv'), read('s3://inputs/gone.csv')]);
        for (const response of [other, none])
          expect(response).toMatchObject({ success: false, error_code: 'INPUT_NOT_FOUND' });
        expect(other.error).toMatch(new RegExp(`input\\.objects\\[0\\].*${sha256('a,b')}, not ${sha256('c,d')}`));
        expect(none.error).toMatch(/input\.objects\[0\].*"gone\.csv" in the bucket "inputs"/);
        expect([other.result, none.result]).toEqual([undefined, undefined]);
      } finally {
        await deployment.close();
      }
    });

    test.concurrent('refusing: the sentence names the settings and shows no secret', async () => {
      const secret = 'not-the-secret-of-this-server';
      const deployment = await openDeployment({ runtime: 'oci', ...settingsOf(server), minioSecretKey: secret });
      try {
        await deployment.open();
        const script = 'echo kept > /workspace/output/r';
        const response = await deployment.run(shell(script, { output: { expected_files: ['r'], minio_upload: true } }));
        expect(response).toMatchObject({
          success: false,
          error_code: 'STORE_UNAVAILABLE',
          error: expect.stringMatching(/refused writing .*MINIO_ACCESS_KEY and MINIO_SECRET_KEY/),
          result: { output_files: [{ content: 'kept\n' }] },
        });
        expect(JSON.stringify(response)).not.toContain(secret);
      } finally {
        await deployment.close();
      }
    });
  });
});
