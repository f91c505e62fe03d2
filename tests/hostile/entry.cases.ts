import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { HostileBench } from './open-hostile-bench.ts';

const { signal } = new AbortController();

/** Entries that are no plain files, and files that nobody was meant to read. */
export function entryCases(bench: () => HostileBench): void {
  test.concurrent.each([
    ['a FIFO', 'mkfifo thing'],
    ['a socket', 'ln -s /workspace/output/thing /dev/log; syslogd; while [ ! -S thing ]; do sleep 0.05; done'],
    ['a symbolic link', 'ln -s /dev/zero thing'],
  ])('%s is reported, never opened', async (what, make) => {
    for (const output of [{ expected_files: ['thing'] }, { expected_files: ['*'], minio_upload: true }]) {
      const response = await bench().run(`cd /workspace/output; echo x > plain; ${make}`, { output });
      const told = [response.error, ...(response.result?.metadata.warnings ?? [])].join();
      // An archive has no sockets.
      if (bench().variant.inPlace || what !== 'a socket') expect(told).toContain(what.replace(/^a /, ''));
      expect(response.result?.output_files.map(({ name }) => name)).not.toContain('thing');
      expect(response.result?.minio_objects.map(({ object_name: name }) => name.split('/').at(-1))).not.toContain(
        'thing',
      );
    }
  });

  test.concurrent.each(['graph_update.json', 'dir/thing'])('a FIFO as %s keeps nobody waiting', async (name) => {
    const response = await bench().run(`cd /workspace/output; mkdir dir; mkfifo ${name}`, {
      output: { expected_files: ['dir/thing'], graph_update: true },
    });
    expect(response.success).toBe(false);
  });

  test.concurrent('devices cannot be made, nor can what is immutable', async () => {
    const script = `cd /workspace/output; mknod disk b 8 0; mknod zero c 1 5; ls -A`;
    const { result } = await bench().run(script, { output: { expected_files: ['*'] } });
    expect(result?.output.match(/Operation not permitted/g)).toHaveLength(2);
    expect(result?.output_files).toEqual([]);
  });

  test.concurrent('files of another user that not even he may read come back, and are removed', async () => {
    const script = `cd /workspace/output; umask 777; mkdir -m 700 dir; echo one > top; echo two > dir/below; mkdir dir/deep
      chmod 700 dir/deep; echo three > dir/deep/file; chmod 000 dir/deep dir top`;
    const { alpine: image } = { alpine: 'alpine:latest' };
    const response = await bench().send({
      container: { image, command: ['sh', '-c', script], user: '1234:5678' },
      output: { expected_files: ['**'], minio_upload: true },
    });
    expect(response).toMatchObject({
      success: true,
      result: {
        output_files: [
          { name: 'dir/below', content: 'two\n' },
          { name: 'dir/deep/file', content: 'three\n' },
          { name: 'top', content: 'one\n' },
        ],
      },
    });
    const uploaded = response.result?.minio_objects.find(({ object_name: name }) => name.endsWith('dir/deep/file'));
    const { body } = await bench().store.get({ name: uploaded?.object_name ?? '' }, signal);
    expect(await text(body)).toBe('three\n');
  });

  test.concurrent('names that are long, odd or look like options come back as they are, those that are not UTF-8 are reported', async () => {
    const long = 'n'.repeat(255);
    const script = `cd /workspace/output
      for name in ${long} -rf -- '*' '?[a]{b,c}' ' ' '\\' '$(id)' "quote'\\"" 'ü😀' '..a' '...' '%2e%2e%2f' '..%2f'; do echo x > "./$name"; done
      printf x > "$(printf 'line\\nfeed')"; printf x > "$(printf '\\033[2Jclear\\rtab\\t')"; printf x > "$(printf 'bad\\377')"
      mkdir "$(printf 'dir\\376')"; printf x > "$(printf 'dir\\376/inside')"`;
    const response = await bench().run(script, { output: { expected_files: ['**'], minio_upload: true } });
    expect(response.error).toBeUndefined();
    const names = [
      long,
      '-rf',
      '--',
      '*',
      '?[a]{b,c}',
      ' ',
      '\\',
      '$(id)',
      'quote\'"',
      'ü😀',
      '..a',
      '...',
      '%2e%2e%2f',
      '..%2f',
      'line\nfeed',
      '\u001b[2Jclear\rtab\t',
    ];
    const { result } = response;
    expect(result?.output_files.map(({ name }) => name).sort()).toEqual(names.sort());
    const prefix = `executions/${response.execution_id}/output/`;
    expect(result?.minio_objects.map(({ object_name: name }) => name.slice(prefix.length)).sort()).toEqual(
      names.sort(),
    );
    const warnings = result?.metadata.warnings?.join() ?? '';
    expect(warnings).toMatch(/bad(\\xff|\ufffd)/);
    expect(warnings).toMatch(/dir(\\xfe|\ufffd)/);
  });

  test.concurrent('a name that was expected may look like an option or a pattern', async () => {
    const script = 'cd /workspace/output; echo 1 > ./-rf; echo 2 > "[a]"';
    const response = await bench().run(script, { output: { expected_files: ['-rf', '[a]', './-rf'] } });
    expect(response).toMatchObject({ success: true, result: { output_files: [{ name: '-rf' }, { name: '[a]' }] } });
  });
}
