import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildWhenStale } from '../../scripts/steps/build-when-stale.mjs';
import { parseRequest } from '../../src/gateways/message/request/parse-request.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const flows = join(root, 'examples/flows');
const tsx = import.meta.resolve('tsx');

test('README: shows the request, the response and the flows of the examples', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const shown = ['http.sh', 'redis.sh', 'run.sh', 'http-client.ts'].map((name) => join(flows, name));
  const requests = ['count-nodes.json', 'count-nodes.expected.json'].map((name) => join(root, 'examples', name));
  for (const file of [...requests, ...shown]) expect(readme, file).toContain(await readFile(file, 'utf8'));
  for (const name of await readdir(flows)) expect(readme).toContain(`(examples/flows/${name})`);
  expect(readme.split('\n').length).toBeLessThanOrEqual(220);
});

test('docs: links between the pages lead to files that exist', async () => {
  const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'examples/README.md'];
  for (const name of await readdir(join(root, 'docs'))) if (name.endsWith('.md')) pages.push(`docs/${name}`);
  for (const page of pages) {
    const text = await readFile(join(root, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(existsSync(join(root, page, '..', link)), `${page}: ${link}`).toBe(true);
  }
});

test('docs: the graph of the requests page is valid, and the ends that it names are compared', async () => {
  const page = await readFile(join(root, 'docs/requests.md'), 'utf8');
  const section = /^### Graphs$(.*?)^## /ms.exec(page)?.[1] ?? '';
  const graph = JSON.parse(/```json\n(.*?)```/s.exec(section)?.[1] ?? '');
  const warningsOf = (graphData: object) => {
    const text = JSON.stringify({ container: { image: 'a' }, input: { graph_data: graphData } });
    const parsed = parseRequest(text, { maxBytes: text.length });
    if (!parsed.ok) throw parsed.error;
    return parsed.warnings;
  };
  expect(warningsOf(graph)).toEqual([]);
  const pairs = [...section.matchAll(/`(\w+)`\s+and\s+`(\w+)`/g)].map(([, from = '', to = '']) => [from, to] as const);
  expect(pairs).toHaveLength(7);
  for (const [from, to] of pairs) {
    const relationships = [{ [from]: '1', [to]: 'nothing' }];
    expect(warningsOf({ ...graph, relationships })).toEqual([expect.stringContaining(`its ${to} "nothing"`)]);
  }
});

describeWith('redis', 'README flows', () => {
  let bench: HttpBench;
  let directory: string;

  beforeAll(async () => {
    expect(await buildWhenStale()).toBe(0);
    directory = await mkdtemp(join(tmpdir(), 'readme-'));
    bench = await openHttpBench({}, scriptedParts({ output: [{ stream: 'stdout', text: 'Hello\n' }] }));
  });

  afterAll(async () => {
    await bench.close();
    await rm(directory, { recursive: true });
  });

  test('programs: compile and run unchanged', async () => {
    const modules = join(directory, 'node_modules');
    await mkdir(modules);
    await symlink(root, join(modules, 'exec-agent'));
    await symlink(join(root, 'node_modules/@types'), join(modules, '@types'));
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    // The types of the package itself are checked where the package is installed.
    const language = { module: 'nodenext', target: 'es2023', types: ['node'] };
    const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, ...language };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const { redisUrl = '', requestChannel, responseChannel, eventsChannel, controlChannel } = bench.deployment.config;
    const channels = JSON.stringify({ requestChannel, responseChannel, eventsChannel, controlChannel }).slice(1);
    const files: string[] = [];
    for (const name of ['http-client.ts', 'redis-client.ts']) {
      const text = (await readFile(join(flows, name), 'utf8'))
        .replace('http://localhost:8082', bench.url)
        .replace("{ url: 'redis://localhost:6379' }", `{ url: '${redisUrl}', ${channels}`);
      files.push(join(directory, name));
      await writeFile(join(directory, name), text);
    }
    await runCommand(join(root, 'node_modules/.bin/tsc'), '-p', directory);
    for (const file of files) {
      const printed = await runCommand(process.execPath, '--import', tsx, file);
      expect(printed).toContain('Hello');
      expect(printed).toContain('true');
    }
  });

  test('http.sh: prints the finished execution', async () => {
    const printed = await runCommand('env', `EXEC_URL=${bench.url}`, 'sh', '-eu', join(flows, 'http.sh'));
    expect(JSON.parse(printed)).toMatchObject({ state: 'finished', response: { success: true } });
  });

  test('redis.sh: prints the response', async () => {
    const { redisUrl = '', requestChannel, responseChannel } = bench.deployment.config;
    const text = await readFile(join(flows, 'redis.sh'), 'utf8');
    const script = text.replaceAll('exec-requests', requestChannel).replaceAll('exec-responses', responseChannel);
    const printed = await runCommand('env', `REDIS_URL=${redisUrl}`, 'sh', '-euc', script);
    const response = printed.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(response)).toMatchObject({ correlation_id: 'hello-1', success: true });
  });
});

describeWith('docker', 'README flows on the command line', () => {
  test('run.sh: prints Hello, passes a pipe on, and saves output files', async () => {
    expect(await buildWhenStale()).toBe(0);
    const directory = await mkdtemp(join(tmpdir(), 'readme-run-'));
    try {
      await symlink(join(root, 'dist/cli/main.js'), join(directory, 'exec-agent'));
      await writeFile(join(directory, 'data.csv'), 'b\na\nb\n');
      const script = await readFile(join(flows, 'run.sh'), 'utf8');
      const settings = [`DOCKER_HOST=${inject('docker').host}`, 'EXEC_RUNTIME=docker', 'EXEC_DATA_DIR=data'];
      const printed = await runCommand('env', '-C', directory, ...settings, 'sh', '-euc', `PATH=$PWD:$PATH\n${script}`);
      expect(printed).toContain('Hello');
      expect(printed).toMatch(/1 a\n\s+2 b/);
      expect(await readFile(join(directory, 'lines.txt'), 'utf8')).toBe('3\n');
      expect(await readFile(join(directory, 'results/copy.csv'), 'utf8')).toBe('b\na\nb\n');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
