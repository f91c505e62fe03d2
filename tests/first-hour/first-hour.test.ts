import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildWhenStale } from '../../scripts/steps/build-when-stale.mjs';
import { runCommand as run } from '../../src/support/processes/run-command.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { hidePrograms } from '../ship/hide-programs.ts';
import { type ServedRegistry, serveRegistry } from '../ship/serve-registry.ts';
import { playSession } from './play-session.ts';
import { expectedOutput, readTranscript } from './read-transcript.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// A busy host takes minutes for what npm writes.
const patienceMs = 300_000;
const readPage = () => readFile(join(root, 'docs/first-hour.md'), 'utf8');

let directory = '';
let registry: ServedRegistry;
beforeAll(async () => {
  expect(await buildWhenStale()).toBe(0);
  directory = await mkdtemp(join(tmpdir(), 'first-hour-'));
  registry = await serveRegistry();
  await mkdir(join(directory, 'home'));
  await symlink(root, join(directory, 'exec-agent'));
});
afterAll(async () => {
  await registry?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Of an installation that asks no other registry, and leaves the build as it is. */
const npmSettings = () => ({
  HOME: join(directory, 'home'),
  npm_config_registry: registry.url,
  npm_config_ignore_scripts: 'true',
  npm_config_update_notifier: 'false',
  npm_config_progress: 'false',
});

const tried = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/run'], { encoding: 'utf8' });
const noMounts =
  tried.status === 0 ? '' : ` (skipped: no mounts here: ${(tried.stderr ?? String(tried.error)).trim()})`;

test('hidden programs: a directory that does not exist is not mounted over', async () => {
  const command = await hidePrograms(join(directory, 'hidden'), ['/usr/no-such-programs', '/usr/bin']);
  expect(command.join(' ')).toContain(' /usr/bin\n');
  expect(command.join(' ')).not.toContain('/usr/no-such-programs');
});

describe.skipIf(noMounts !== '')(`the package on a machine with Node.js alone${noMounts}`, () => {
  test(
    'npx: runs doctor from the packed file, which prints a fix for each problem',
    async () => {
      await runCommand('env', '-C', directory, 'npm', 'pack', './exec-agent', '--ignore-scripts', '--silent');
      const alone = await hidePrograms(join(directory, 'programs'));
      const settings = { ...npmSettings(), PATH: '/usr/bin', EXEC_DATA_DIR: join(directory, 'alone') };
      const env = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      const command = ['-i', '-C', directory, ...env, 'sh', '-c', 'npx --yes ./exec-agent-*.tgz doctor'];
      const { code, stdout, output } = await run([...alone, ...command], {});
      expect(output).not.toMatch(/npm (warn|error)| {4}at /);
      expect(stdout).toMatch(/^ +✓ +node +\d/m);
      for (const part of ['redis-server', 'crun', 'skopeo'])
        expect(stdout).toMatch(new RegExp(`^ +! +${part} +missing`, 'm'));
      expect(stdout).toContain('→ Debian or Ubuntu: apt-get install crun');
      expect(stdout).toContain('Containers cannot run here');
      expect(code).toBe(1);
    },
    patienceMs,
  );
});

test('first hour: the script has the commands of the page', async () => {
  const script = await readFile(join(root, 'examples/first-hour.sh'), 'utf8');
  const commands = readTranscript(await readPage()).map(({ command }) => `${command}\n`);
  expect(script.replaceAll(/^(#.*)?\n/gm, '')).toBe(commands.join(''));
});

const noTerminal = await missingPrograms('script', 'bash');
// Right before the agent listens there, because another program may take a port that is only known to be free.
const choosePort = `export PORT=$(node -e 'const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
  console.log(server.address().port); server.close(); })'); echo $PORT`;

describeWith(['docker', 'redis'], 'the first hour', () => {
  test.skipIf(noTerminal !== '')(
    `every command of the page prints what the page shows${noTerminal}`,
    async () => {
      const steps = readTranscript(await readPage());
      const serveAt = steps.findIndex(({ command }) => command.startsWith('exec-agent serve '));
      const commands = steps.map(({ command }) => command.replaceAll('8082', '$PORT'));
      const settings = npmSettings();
      const path = [dirname(process.execPath), process.env.PATH];
      const agent = { EXEC_RUNTIME: 'docker', DOCKER_HOST: inject('docker').host };
      const env = { ...settings, ...agent, PATH: path.join(delimiter), TMPDIR: tmpdir(), NO_COLOR: '1' };
      const played = await playSession(commands.toSpliced(serveAt, 0, choosePort), {
        cwd: directory,
        env: { ...env, EXEC_DATA_DIR: join(directory, 'data') },
      });
      const [chosen] = played.splice(serveAt, 1);
      const port = chosen?.output.trim() ?? '';
      expect(port).toMatch(/^\d+$/);
      for (const [index, { command, output }] of steps.entries()) {
        const step = played[index];
        expect
          .soft(step?.output, `$ ${command}`)
          .toMatch(expectedOutput(output.map((line) => line.replaceAll('8082', port))));
        expect.soft(step?.exitCode, `$ ${command}`).toBe(0);
      }
    },
    patienceMs,
  );
});
