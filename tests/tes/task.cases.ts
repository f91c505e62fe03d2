import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { becomesTrue } from '../parts/poll.ts';
import { listNames } from '../s3/open-s3.ts';
import { shellTask, type TesBench } from './tes-bench.ts';

/** What the cases need of an agent: it reads and writes files of the host in two directories, and objects in its bucket. */
export interface TaskScene {
  readonly bench: TesBench;
  readonly bucket: string;
  /** Has `in/a.txt` with `a` and `in/deep/b.txt` with `b`, each with a line end. */
  readonly store: ObjectStore;
  /** Has `allowed.txt` with `from the host` and a line end, and may be read. */
  readonly files: string;
  /** May be written. */
  readonly written: string;
}

const { signal } = new AbortController();
const image = 'alpine:latest';

/** What a task promises on every runtime. */
export function taskCases(scene: () => TaskScene): void {
  const bench = () => scene().bench;
  const s3 = (name: string) => `s3://${scene().bucket}/${name}`;
  const read = async (name: string) => text((await scene().store.get({ name }, signal)).body);

  test('executors: run in order, share volumes, and each has its log', async () => {
    const sh = (script: string, more: object = {}) => ({ image, command: ['sh', '-c', script], ...more });
    const task = await bench().run({
      volumes: ['/shared'],
      executors: [
        sh('echo one > /shared/x; echo first; echo problem >&2', { env: { A: 'b' } }),
        sh('cat /shared/x; pwd; echo "$A$B"', { workdir: '/shared/new', env: { B: 'c' } }),
      ],
    });
    expect(task).toMatchObject({
      state: 'COMPLETE',
      logs: [
        {
          logs: [
            { exit_code: 0, stdout: 'first\n', stderr: 'problem\n' },
            { exit_code: 0, stdout: 'one\n/shared/new\nc\n' },
          ],
        },
      ],
    });
  });

  test('executors: one that fails ends the task, unless its error is ignored', async () => {
    const fail = { image, command: ['sh', '-c', 'exit 3'] };
    const next = { image, command: ['echo', 'next'] };
    const ended = await bench().run({ executors: [fail, next] });
    expect(ended).toMatchObject({ state: 'EXECUTOR_ERROR', logs: [{ logs: [{ exit_code: 3 }] }] });
    expect(ended.logs?.[0]?.logs).toHaveLength(1);
    expect(ended.logs?.[0]?.system_logs?.[0]).toMatch(/^EXIT_NONZERO: .*code 3/);
    const ignored = await bench().run({ executors: [{ ...fail, ignore_error: true }, next] });
    expect(ignored).toMatchObject({
      state: 'COMPLETE',
      logs: [{ logs: [{ exit_code: 3 }, { exit_code: 0, stdout: 'next\n' }] }],
    });
  });

  test('streams: stdin, stdout and stderr are files, also between executors', async () => {
    const task = await bench().run({
      inputs: [{ path: '/in/text', content: 'b\na\n' }],
      outputs: [
        { path: '/out/sorted', url: s3('streams/sorted') },
        { path: '/out/err', url: s3('streams/err') },
      ],
      executors: [
        { image, command: ['sort'], stdin: '/in/text', stdout: '/out/sorted' },
        { image, command: ['sh', '-c', 'cat; echo e >&2'], stdin: '/out/sorted', stderr: '/out/err' },
      ],
    });
    expect(task).toMatchObject({
      state: 'COMPLETE',
      logs: [{ logs: [{ stdout: 'a\nb\n' }, { stdout: 'a\nb\n', stderr: 'e\n' }] }],
    });
    expect([await read('streams/sorted'), await read('streams/err')]).toEqual(['a\nb\n', 'e\n']);
  });

  test('a program that does not exist: is an executor error with an exit code', async () => {
    const task = await bench().run({ executors: [{ image, command: ['no-such-program'] }] });
    expect(task).toMatchObject({ state: 'EXECUTOR_ERROR', logs: [{ logs: [{ exit_code: 127 }] }] });
    expect(task.logs?.[0]?.system_logs?.[0]).toMatch(/^START_FAILED: .*no-such-program/);
  });

  test('inputs: come from the store, URLs, allowed directories and the task itself', async () => {
    const web = createServer((_request, response) => response.end('from the web\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const large = 'x'.repeat(128 * 1024);
      const task = await bench().run(
        shellTask('cd /in; cat file dir/a.txt dir/deep/b.txt web host path; wc -c < large; mv file moved', {
          inputs: [
            { path: '/in/file', url: s3('in/a.txt') },
            { path: '/in/dir', url: s3('in'), type: 'DIRECTORY' },
            { path: '/in/web', url: `http://127.0.0.1:${port}/x` },
            { path: '/in/host', url: `file://${scene().files}/allowed.txt` },
            { path: '/in/path', url: `${scene().files}/allowed.txt` },
            { path: '/in/large', content: large },
          ],
        }),
      );
      expect(task.state).toBe('COMPLETE');
      expect(task.logs?.[0]?.logs[0]?.stdout).toBe(
        `a\na\nb\nfrom the web\nfrom the host\nfrom the host\n${128 * 1024}\n`,
      );
    } finally {
      web.close();
    }
  });

  test('inputs: one that does not exist, or may not be read, is a system error that says which', async () => {
    const missing = await bench().run(shellTask('true', { inputs: [{ path: '/in/x', url: s3('none') }] }));
    expect(missing).toMatchObject({ state: 'SYSTEM_ERROR', logs: [{ logs: [] }] });
    expect(missing.logs?.[0]?.system_logs?.[0]).toMatch(/^INPUT_NOT_FOUND: .*inputs\[0\]/);
    const refused = await bench().run(shellTask('true', { inputs: [{ path: '/in/x', url: 'file:///etc/passwd' }] }));
    expect(refused.state).toBe('SYSTEM_ERROR');
    expect(refused.logs?.[0]?.system_logs?.[0]).toMatch(/^POLICY_DENIED: .*EXEC_INPUT_FILES/);
  });

  test('inputs: a file below /etc leaves what the image has there', async () => {
    const task = await bench().run(
      shellTask('cat /etc/tool/x.conf /top; test -s /etc/passwd && ls /bin/sh', {
        inputs: [
          { path: '/etc/tool/x.conf', content: 'configured\n' },
          { path: '/top', content: 'at the top\n' },
        ],
      }),
    );
    expect(task).toMatchObject({
      state: 'COMPLETE',
      logs: [{ logs: [{ stdout: 'configured\nat the top\n/bin/sh\n' }] }],
    });
  });

  test('outputs: files, directories, wildcards and links inside; an empty directory is none', async () => {
    const script = `mkdir -p /o/dir/sub /o/empty; echo 1 > /o/dir/one; echo 2 > /o/dir/sub/two; echo log > /o/a.log; echo csv > /o/b.csv
      ln -s sub/two /o/dir/same; ln -s /etc/passwd /o/dir/leaves; echo plain > /o/plain`;
    const task = await bench().run(
      shellTask(script, {
        outputs: [
          { path: '/o/plain', url: s3('o/renamed') },
          { path: '/o/dir', url: s3('o/dir'), type: 'DIRECTORY' },
          { path: '/o/empty', url: s3('o/empty'), type: 'DIRECTORY' },
          { path: '/o/*.log', path_prefix: '/o', url: s3('o/logs') },
        ],
      }),
    );
    expect(task.state).toBe('COMPLETE');
    const names = ['o/dir/one', 'o/dir/same', 'o/dir/sub/two', 'o/logs/a.log', 'o/renamed'];
    expect(await listNames(scene().store, 'o/')).toEqual(names);
    expect(await read('o/dir/same')).toBe('2\n');
    expect(task.logs?.[0]?.outputs.map(({ url }) => url).sort()).toEqual(names.map(s3));
    expect(task.logs?.[0]?.outputs).toContainEqual({
      url: s3('o/logs/a.log'),
      path: '/o/a.log',
      size_bytes: '4',
    });
    expect(task.logs?.[0]?.system_logs?.join()).toContain('leaves (symbolic link)');
  });

  test('outputs: are stored although the executor failed; a missing one is a line in the log', async () => {
    const task = await bench().run(
      shellTask('echo part > /o/part; exit 4', {
        outputs: [
          { path: '/o/part', url: s3('failed/part') },
          { path: '/o/none', url: s3('failed/none') },
        ],
      }),
    );
    expect(task).toMatchObject({ state: 'EXECUTOR_ERROR', logs: [{ logs: [{ exit_code: 4 }] }] });
    expect(await read('failed/part')).toBe('part\n');
    const missing = await bench().run(shellTask('true', { outputs: [{ path: '/o/none', url: s3('failed/none') }] }));
    expect(missing.state).toBe('COMPLETE');
    expect(missing.logs?.[0]?.system_logs).toEqual(['outputs[0]: the file /o/none was not written.']);
  });

  test('outputs: a file of the host is written where that is allowed, and nowhere else', async () => {
    const task = await bench().run(
      shellTask('echo kept > /o/x', {
        outputs: [
          { path: '/o/x', url: `file://${scene().written}/sub/by-url` },
          { path: '/o/x', url: `${scene().written}/by-path` },
        ],
      }),
    );
    expect(task.state).toBe('COMPLETE');
    const places = ['sub/by-url', 'by-path'].map((name) => join(scene().written, name));
    for (const place of places) expect(await readFile(place, 'utf8')).toBe('kept\n');
    expect(task.logs?.[0]?.outputs).toContainEqual({
      url: `file://${places[0]}`,
      path: '/o/x',
      size_bytes: '5',
    });
    const outputs = [{ path: '/o/x', url: `file://${scene().files}/elsewhere` }];
    const refused = await bench().run(shellTask('echo x > /o/x', { outputs }));
    expect(refused.state).toBe('SYSTEM_ERROR');
    expect(refused.logs?.[0]?.system_logs?.[0]).toMatch(/^POLICY_DENIED: .*EXEC_OUTPUT_FILES/);
  });

  test('outputs: one that cannot be stored is a system error, and hides no error of an executor', async () => {
    const outputs = [{ path: '/o/x', url: 'http://127.0.0.1:9/x' }];
    const stored = await bench().run(shellTask('echo > /o/x', { outputs }));
    expect(stored).toMatchObject({ state: 'SYSTEM_ERROR', logs: [{ logs: [{ exit_code: 0 }] }] });
    const both = await bench().run(shellTask('echo > /o/x; exit 2', { outputs }));
    expect(both).toMatchObject({ state: 'EXECUTOR_ERROR', logs: [{ logs: [{ exit_code: 2 }] }] });
  });

  test('resources: more memory than asked for is reported as that', async () => {
    const script = 'head -c 300000000 /dev/zero | tail | wc -c';
    const task = await bench().run(shellTask(script, { resources: { ram_gb: 0.064, cpu_cores: 1 } }));
    expect(task.state).toMatch(/^(?:EXECUTOR_ERROR|COMPLETE)$/);
    expect(task.logs?.[0]?.system_logs?.join()).toMatch(/memory limit/);
  });

  test('resources: more disk than asked for ends the task', async () => {
    const script = 'while :; do head -c 1000000 /dev/zero >> /o/x; sleep 0.1; done';
    const task = await bench().run(
      shellTask(script, { volumes: ['/o'], resources: { disk_gb: 0.003, backend_parameters: { timeout: '80' } } }),
    );
    expect(task.state).toBe('SYSTEM_ERROR');
    expect(task.logs?.[0]?.system_logs?.[0]).toMatch(/^OUTPUT_TOO_LARGE: .*resources\.disk_gb/);
  });

  test('timeout: a backend parameter ends a task', async () => {
    const resources = { backend_parameters: { TIMEOUT: '1' } };
    const task = await bench().run(shellTask('sleep 600', { resources }));
    expect(task.state).toBe('EXECUTOR_ERROR');
    expect(task.logs?.[0]?.system_logs?.[0]).toMatch(/^TIMEOUT: /);
  });

  test('cancel: stops a task that runs', async () => {
    const id = await bench().create(shellTask('echo begun; sleep 600'));
    expect(await becomesTrue(async () => (await bench().get(id, 'MINIMAL')).state === 'RUNNING', 60_000)).toBe(true);
    expect(await bench().cancel(id)).toEqual({ status: 200, body: {} });
    expect((await bench().wait(id)).state).toBe('CANCELED');
    expect(await bench().cancel(id)).toEqual({ status: 200, body: {} });
  });
}
