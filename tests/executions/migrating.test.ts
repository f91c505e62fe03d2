import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/agent/config/config-schema.ts';
import { runCli } from '../cli/helpers/run-cli.ts';
import { responseOf, useCli } from '../cli/helpers/use-cli.ts';
import { describeWith } from '../parts/require-part.ts';

const page = await readFile(new URL('../../docs/migrating.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = '']) => text);
const pairs = blocks.flatMap((request, index) =>
  index % 2 === 0 ? [[request.replaceAll(/\s+/g, ' '), request, blocks[index + 1] ?? ''] as const] : [],
);
const cli = useCli();

describe('moving from the first implementation', () => {
  test('the page has pairs of a request and a part of its response', () => {
    expect(pairs.length).toBeGreaterThan(6);
    expect(blocks.length).toBe(2 * pairs.length);
  });

  test('settings: the defaults are those that the page names', () => {
    const config = configSchema.parse({});
    expect(config).toMatchObject({
      bucket: 'exec-agent',
      fileContentBytes: 1024 ** 2,
      memoryDefault: 512 * 1024 ** 2,
      cpusDefault: 1,
      pidsDefault: 256,
      dedupeSeconds: 600,
    });
  });
});

describeWith(['docker', 'oci'], 'the examples for those who move from the first implementation', () => {
  test.each(
    ['docker', 'oci'].flatMap((runtime) => pairs.map((pair) => [runtime, ...pair] as const)),
  )('%s: %s', async (runtime, _title, request, response) => {
    const env = { ...cli.options.env, EXEC_RUNTIME: runtime };
    const end = responseOf(await runCli(['run', '--json', '-'], { cwd: cli.cwd, env, stdin: request }));
    expect(end).toMatchObject(JSON.parse(response));
    expect(end.duration).toMatch(/^\d+\.\d+s$/);
    if (end.result === undefined) return;
    expect(end.result.metadata.execution_time).toMatch(/^\d+\.\d+s$/);
    for (const ms of Object.values(end.result.metadata.phases)) expect(ms).toBeTypeOf('number');
    for (const list of [end.result.output_files, end.result.minio_objects]) expect(list).toBeInstanceOf(Array);
  });
});
