import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { describeWith } from '../parts/require-part.ts';
import { type CliEnd, startCli } from './helpers/run-cli.ts';
import { useCli } from './helpers/use-cli.ts';

const cli = useCli();

describeWith(['docker', 'redis', 'debian-image'], 'exec-agent demo', () => {
  test('four answers on docker, one a line, and nothing is left', async () => {
    const end = await cli.exec('demo', '--runtime', 'docker', '--json');
    expect(end.stderr).toContain('All four responses are as expected');
    await expectDemo(end);
  });
});

describeWith(['oci', 'redis'], 'exec-agent demo without Docker', () => {
  test('four answers on an OCI runtime with the image host', async () => {
    const end = await cli.exec('demo', '--runtime', 'oci', '--json');
    expect(end.stderr).toContain('image host');
    await expectDemo(end);
  });

  test('Ctrl-C in the middle leaves nothing behind', async () => {
    const running = startCli(['demo', '--runtime', 'oci', '--json'], cli.options);
    await running.says('demo-4-timeout');
    running.kill('SIGINT');
    const { code } = await running.ended;
    expect(code).toBe(130);
    expect(await leftDirectories()).toEqual([]);
  });
});

async function leftDirectories(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('exec-agent-demo-'));
}

async function expectDemo({ code, stdout }: CliEnd): Promise<void> {
  expect(await leftDirectories()).toEqual([]);
  expect(code).toBe(0);
  const responses = stdout
    .trimEnd()
    .split('\n')
    .map((line) => executionResponseSchema.parse(JSON.parse(line)));
  expect(responses.map(({ correlation_id: id, error_code: error }) => [id, error])).toEqual([
    ['demo-1-graph', undefined],
    ['demo-2-table', undefined],
    ['demo-3-failure', 'EXIT_NONZERO'],
    ['demo-4-timeout', 'TIMEOUT'],
  ]);
}
