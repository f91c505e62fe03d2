import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runCommand } from '../src/support/processes/run-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = {
  PACKAGE_REPOSITORY: 'https://git.example.com/team/exec-agent',
  PACKAGE_BUGS: 'https://git.example.com/team/exec-agent/issues',
  PACKAGE_HOMEPAGE: 'https://exec-agent.example.com',
};

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'publisher-'));
  for (const path of ['package.json', 'README.md', 'LICENSE', 'scripts/fill-publisher.mjs', 'scripts/package'])
    await cp(join(root, path), join(directory, path), { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

const inCopy = (env: Readonly<Record<string, string>>, ...command: string[]) =>
  runCommand(['env', '-C', directory, ...command], {
    environment: { PATH: process.env.PATH, HOME: directory, ...env },
  });
const fill = (env: Readonly<Record<string, string>>) => inCopy(env, 'node', 'scripts/fill-publisher.mjs');

test('release: a packed package has the addresses that the publisher set', async () => {
  expect(await fill(settings)).toMatchObject({ code: 0, output: '' });
  const packed = await inCopy({}, 'npm', 'pack', '--ignore-scripts', '--silent');
  const { stdout } = await inCopy({}, 'tar', '-xzOf', packed.stdout.trim(), 'package/package.json');
  const manifest: unknown = JSON.parse(stdout);
  const before: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(manifest).toEqual({
    ...Object(before),
    repository: { type: 'git', url: 'git+https://git.example.com/team/exec-agent.git' },
    bugs: { url: settings.PACKAGE_BUGS },
    homepage: settings.PACKAGE_HOMEPAGE,
  });
});

test('release: without an address, or with a wrong one, it stops with a sentence and changes nothing', async () => {
  expect(await fill({})).toMatchObject({
    code: 1,
    output: 'Not released: set PACKAGE_REPOSITORY, PACKAGE_BUGS, PACKAGE_HOMEPAGE (docs/releasing.md says to what).\n',
  });
  for (const name of Object.keys(settings)) {
    expect(await fill({ ...settings, [name]: ' ' })).toMatchObject({ code: 1, stderr: expect.stringContaining(name) });
    const wrong = await fill({ ...settings, [name]: 'git.example.com' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining(`${name} is "git.example.com"`) });
  }
  expect(await fill({ ...settings, PACKAGE_BUGS: 'bugs@example.com' })).toMatchObject({ code: 0 });
});

test('npm publish: stops before it publishes a package without the addresses', async () => {
  const nowhere = { npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(directory, 'cache') };
  const { code, output } = await inCopy(nowhere, 'npm', 'publish', '--dry-run');
  expect(code).not.toBe(0);
  expect(output).toContain('Not published: package.json has no repository, bugs, homepage. Set PACKAGE_REPOSITORY');
});

const workflowSchema = z.object({
  env: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({ needs: z.string().optional(), steps: z.array(z.looseObject({ run: z.string().optional() })) }),
  ),
});

test('release workflow: sets the addresses before it publishes anything', async () => {
  const text = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
  const { env, jobs } = workflowSchema.parse(parse(text));
  expect(Object.keys(env)).toEqual(Object.keys(settings));
  const runsOf = (job: string) => jobs[job]?.steps.map(({ run }) => run ?? '') ?? [];
  const step = 'node scripts/fill-publisher.mjs';
  expect(runsOf('test')).toContain(step);
  for (const [name, { needs }] of Object.entries(jobs)) if (name !== 'test') expect(needs, name).toBe('test');
  const publishes = runsOf('npm').findIndex((run) => run.startsWith('npm publish'));
  expect(runsOf('npm').indexOf(step)).toBeGreaterThan(-1);
  expect(publishes).toBeGreaterThan(runsOf('npm').indexOf(step));
});
