import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { packageVersion } from '../../src/support/files/package-version.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { openHttpBench } from '../http/open-http-bench.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { bundleForBrowsers } from './bundle-for-browsers.ts';
import { installPackage } from './install-package.ts';
import { openBrowser } from './open-browser.ts';
import { type ServedPage, servePage } from './serve-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');
const hello = scriptedParts({ output: [{ stream: 'stdout', text: 'Hello\n' }] });

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'package-'));
  await writeFile(join(directory, 'package.json'), '{"private":true,"type":"module"}');
  await installPackage(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describeWith('docker', 'the program of the package that npm packs', () => {
  const npx = (...args: string[]) => {
    const settings = ['EXEC_RUNTIME=docker', `DOCKER_HOST=${inject('docker').host}`, `EXEC_DATA_DIR=${directory}/data`];
    return runCommand('env', '-u', 'REDIS_URL', '-C', directory, ...settings, 'npx', 'exec-agent', ...args);
  };

  test('says its version and what it can do', async () => {
    expect(await npx('--version')).toBe(`${packageVersion()}\n`);
    expect(await npx('--help')).toMatch(/^Usage: exec-agent /);
  });

  test('finds itself ready to run containers, and runs one', async () => {
    expect(await npx('doctor')).toContain('Containers can run here.');
    const answer: unknown = JSON.parse(await npx('run', '--json', 'alpine', 'echo', 'hi'));
    expect(answer).toMatchObject({ success: true, result: { output: 'hi\n' } });
  });
});

test('the package that npm packs has the program of the thread that reads large messages', async () => {
  const file = join(directory, 'node_modules/exec-agent/dist/gateways/message/draft/draft-thread.js');
  const thread = new Worker(file, { execArgv: [], env: {} });
  try {
    const options = {
      executionId: 'e',
      gateway: 'redis',
      tenant: 't',
      responseChannel: 'r',
      servicePort: 9000,
      maxBytes: 1000,
    };
    thread.postMessage({ text: '{"container":{"image":"alpine"}}', options });
    const [reply] = await once(thread, 'message');
    expect(reply).toMatchObject({ ok: true, draft: { steps: [{ image: { reference: 'alpine' } }] } });
  } finally {
    await thread.terminate();
  }
});

test('the package that npm packs has the program of the thread that checks large graphs', async () => {
  const file = join(directory, 'node_modules/exec-agent/dist/outputs/graph/graph-thread.js');
  const thread = new Worker(file, { execArgv: [], env: {} });
  try {
    thread.postMessage({ bytes: Buffer.from('{"nodes": [], "relationships": []}'), secrets: [] });
    const [reply] = await once(thread, 'message');
    expect(reply).toEqual({ text: '{"nodes":[],"relationships":[]}' });
  } finally {
    await thread.terminate();
  }
});

const listFiles = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)));

test('the package that npm packs holds what it needs, and nothing else', async () => {
  const place = join(directory, 'node_modules/exec-agent');
  const files = await listFiles(place);
  const helpers = (await listFiles(join(root, 'src'))).filter((path) => /[.](bin|cjs)$/.test(path));
  expect(helpers.length).toBeGreaterThan(10);
  const schemas = (await readdir(join(root, 'schema'))).map((name) => `schema/${name}`);
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'];
  expect(files).toEqual(expect.arrayContaining([...helpers.map((path) => `dist/${path}`), ...schemas, ...documents]));
  expect(files.filter((path) => /^dist[/]ui[/](index[.]html|dashboard-\w+[.](js|css))$/.test(path))).toHaveLength(3);
  const known = [
    /^dist[/](index|client[/](index|browser)|chunks[/][\w-]+)[.]js$/,
    /^dist[/](cli[/]main|cli[/]chunks[/][\w-]+|gateways[/]message[/]draft[/]draft-thread|outputs[/]graph[/]graph-thread)[.]js$/,
    /^dist[/]ui[/]/,
    /LICENSES[.]txt$|[.]LEGAL[.]txt$/,
    /^examples[/]/,
  ];
  const others = files.filter((path) => !known.some((pattern) => pattern.test(path)));
  const declarations = others.filter((path) => path.endsWith('.d.ts'));
  expect(others.filter((path) => !declarations.includes(path)).toSorted()).toEqual(
    [...helpers.map((path) => `dist/${path}`), ...schemas, ...documents].toSorted(),
  );
  const entries = [join(place, 'dist/index.d.ts'), join(place, 'dist/client/index.d.ts')];
  expect(declarations.map((path) => join(place, path)).toSorted()).toEqual((await reachedFrom(entries)).toSorted());
});

/** The declarations that a program loads with those that it imports. */
async function reachedFrom(entries: readonly string[]): Promise<readonly string[]> {
  const reached = new Set(entries);
  for (const path of reached)
    for (const [, target = ''] of (await readFile(path, 'utf8')).matchAll(/['"]([.]{1,2}[/][^'"\n]*)['"]/g))
      reached.add(join(path, '..', target.replace(/[.][jt]s$/, '.d.ts')));
  return [...reached];
}

test('the package that npm packs depends on what its library imports, and on nothing else', async () => {
  const place = join(directory, 'node_modules/exec-agent');
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(place, 'package.json'), 'utf8')));
  const imported = new Set<string>();
  for (const path of await listFiles(join(place, 'dist')))
    if (/[.](js|d[.]ts)$/.test(path) && !/^(cli|ui)[/]/.test(path))
      for (const [, still, late, name = still ?? late ?? ''] of (
        await readFile(join(place, 'dist', path), 'utf8')
      ).matchAll(packageImport))
        if (!isBuiltin(name)) imported.add(name);
  expect(Object.keys(dependencies).toSorted()).toEqual([...imported].toSorted());
});

const packageImport =
  /^(?:import|export|[}])[^'"\n]* from ['"]((?:@[\w-]+[/])?[a-z][\w.:-]*)|import[(]['"]((?:@[\w-]+[/])?[a-z][\w.:-]*)/gm;

const program = `import { openAgent } from 'exec-agent';
import { createHttpClient, createRedisClient } from 'exec-agent/client';

const client = createHttpClient({ url: process.argv[2] ?? '' });
const { success, result } = await client.run({ container: { image: 'alpine:latest' } });
console.log(success, result?.output, typeof createRedisClient, typeof openAgent);
// @ts-expect-error an image is a text
export const wrong = () => client.submit({ container: { image: 5 } });
`;

describeWith('redis', 'the library of the package that npm packs', () => {
  test('compiles against its types and runs in Node.js', async () => {
    const bench = await openHttpBench({}, hello);
    try {
      await writeFile(join(directory, 'program.ts'), program);
      await symlink(join(modules, '@types'), join(directory, 'node_modules/@types'));
      const compilerOptions = { strict: true, module: 'nodenext', target: 'es2023', types: ['node'] };
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
      await runCommand(join(modules, '.bin/tsc'), '-p', directory);
      const printed = await runCommand(process.execPath, join(directory, 'program.js'), bench.url);
      expect(printed).toBe('true Hello\n function function\n');
    } finally {
      await bench.close();
    }
  });
});

const inBrowser = (url: string, token: string) => `import { createHttpClient } from 'exec-agent/client';

const client = createHttpClient({ url: '${url}', token: '${token}', attempts: 1 });
const tell = (what: unknown) => fetch('/told', { method: 'POST', body: JSON.stringify(what) });
try {
  const id = await client.submit({ container: { image: 'alpine:latest' } });
  let log = '';
  for await (const { text } of client.logs(id)) log += text;
  const { success } = await client.wait(id);
  await tell({ log, success });
} catch (error) {
  await tell({ failed: String(error) });
}
`;

describeWith(['redis', 'browser'], 'the client in a browser', () => {
  test('submits, follows the log and gets the answer from a page that may, and from no other', async () => {
    let bundle = '';
    const pages: ServedPage[] = [await servePage(() => bundle), await servePage(() => bundle)];
    const [allowed, stranger] = pages.map(({ origin }) => origin);
    const bench = await openHttpBench({ httpCors: [allowed ?? ''] }, hello);
    try {
      bundle = await bundleForBrowsers(inBrowser(bench.url, await bench.makeToken('web')), directory);
      const told = await Promise.all(
        pages.map(async (page) => {
          const browser = await openBrowser(page.origin);
          try {
            return [page.origin, JSON.parse(await page.told)] as const;
          } finally {
            await browser.close();
          }
        }),
      );
      expect(Object.fromEntries(told)).toEqual({
        [allowed ?? '']: { log: 'Hello\n', success: true },
        [stranger ?? '']: { failed: `ClientError: ${bench.url} cannot be reached: Failed to fetch.` },
      });
    } finally {
      await bench.close();
      for (const page of pages) await page.close();
    }
  });
});
