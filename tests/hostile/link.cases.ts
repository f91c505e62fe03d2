import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { HostileBench } from './open-hostile-bench.ts';

const up = '../'.repeat(30);

/** Where a link in the output may point to, as the container writes it. */
const targets: readonly (readonly [string, (canary: string) => string])[] = [
  ['an absolute path of the host', (canary) => canary],
  ['a path that leaves by ..', (canary) => `${up}${canary.slice(1)}`],
  ["the host's root as a process sees it", (canary) => `/proc/self/root${canary}`],
  ["the host's root as the first process sees it", (canary) => `/proc/1/root${canary}`],
  ["the agent's working directory", (canary) => `/proc/self/cwd/${up}${canary.slice(1)}`],
  ['/etc/shadow', () => '/etc/shadow'],
  ['nothing', () => '/no/such/file'],
  ['itself', () => 'link'],
];

export function linkCases(bench: () => HostileBench): void {
  const codeOfLink = () => (bench().variant.inPlace ? 'OUTPUT_INVALID' : 'OUTPUT_MISSING');

  test.concurrent.each(targets)('links to %s are reported, never followed', async (_title, targetOf) => {
    const target = targetOf(bench().canary);
    const script = `cd /workspace/output; echo mine > fine
      for name in link graph_update.json; do ln -s '${target}' $name; done
      ln -s '${dirname(target)}' tree; mkdir nested; ln -s '${target}' nested/link`;
    const response = await bench().run(script, {
      output: {
        expected_files: ['fine', 'link', 'tree/canary', 'tree/', 'nested/link', '**'],
        graph_update: true,
        minio_upload: true,
      },
    });
    expect(response).toMatchObject({
      success: false,
      error_code: codeOfLink(),
      result: {
        exit_code: 0,
        output_files: [{ name: 'fine', content: 'mine\n' }],
        minio_objects: [{ object_name: `executions/${response.execution_id}/output/fine` }],
      },
    });
    expect(response.error).toMatch(/link|tree/);
    expect(response.result?.missing_files).toEqual(expect.arrayContaining(['link', 'tree/canary', 'nested/link']));
    expect(response.result?.graph_update).toBeUndefined();
  });

  test.concurrent('the output directory itself can be neither moved nor replaced', async () => {
    const { canary } = bench();
    const script = `rmdir /workspace/output; mv /workspace/output /workspace/other; rm -rf /workspace/output
      ln -s ${dirname(canary)} /workspace/output; umount /workspace/output; mount --bind /etc /workspace/output
      ls /workspace/output; rm /workspace/output/canary; echo still mine > /workspace/output/result`;
    const response = await bench().run(script, { output: { expected_files: ['**'] } });
    expect(response.result?.output_files.map(({ name }) => name)).toContain('result');
    expect(response.result?.output.match(/busy|not permitted|denied/gi)?.length).toBeGreaterThanOrEqual(4);
  });

  test.concurrent('a directory above an expected file, replaced by a link, is not entered', async () => {
    const { canary } = bench();
    const script = `cd /workspace/output; mkdir -p a/b; echo x > a/b/canary; rm -r a/b; ln -s ${dirname(canary)} a/b`;
    const response = await bench().run(script, { output: { expected_files: ['a/b/canary'], minio_upload: true } });
    expect(response).toMatchObject({ error_code: codeOfLink(), result: { output_files: [], minio_objects: [] } });
  });

  test.concurrent('hard links reach nothing outside of the output; inside they are files like others', async () => {
    const script = `cd /workspace/output; echo one > a; ln a b
      ln /workspace/config/services.json in; ln /etc/passwd etc; ln /proc/1/environ proc; ls`;
    const response = await bench().run(script, { output: { expected_files: ['**'] } });
    const linked = bench().variant.inPlace ? [{ name: 'b', content: 'one\n' }] : [];
    expect(response).toMatchObject({
      success: true,
      result: { output_files: [{ name: 'a', content: 'one\n' }, ...linked] },
    });
    expect(response.result?.output.match(/Invalid cross-device link/g)).toHaveLength(3);
  });

  test.concurrent('links that are swapped until the container ends give the file or nothing', async () => {
    const { canary } = bench();
    const script = `cd /workspace/output; echo mine > real; cp real graph; ln -s ${canary} evil
      (while :; do cp real swapped; ln -sf ${canary} swapped.new; mv swapped.new swapped; done) &
      (while :; do mkdir -p tree; cp real tree/canary; rm -rf tree; ln -s ${dirname(canary)} tree; rm -f tree; done) &
      sleep 0.3`;
    for (let round = 0; round < 3; round += 1) {
      const { result } = await bench().run(script, {
        output: { expected_files: ['swapped', 'tree/canary'], minio_upload: true },
      });
      for (const { content } of result?.output_files ?? []) expect(['mine\n', '']).toContain(content);
    }
  });
}
