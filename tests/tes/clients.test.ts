import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOnce } from '../parts/make-once.ts';
import { describeWith } from '../parts/require-part.ts';
import { cacheDirectory } from '../parts/start-parts.ts';
import { noteClient } from './note-client.ts';
import { openTesBench, type TesBench } from './tes-bench.ts';

const run = promisify(execFile);
const versions = ['1.1.4', '0.4.2'];
// From a registry, once on this machine.
const installMs = 30 * 60_000;

/** Programs of other people, from their package registry. */
describeWith(['redis', 'docker'], 'TES clients', () => {
  let bench: TesBench;
  const pythons = new Map<string, string>();
  beforeAll(async () => {
    for (const version of versions) pythons.set(version, await install(version));
    bench = await openTesBench();
  }, installMs);
  afterAll(() => bench?.close());

  test.each(versions)('py-tes %s: creates, follows, lists and cancels tasks', async (version) => {
    const python = pythons.get(version) ?? '';
    const script = fileURLToPath(new URL('py-tes.py', import.meta.url));
    const { stdout } = await run(python, [script, bench.url, '', '']);
    expect(stdout).toBe('ok\n');
    await noteClient(`py-tes ${version}`);
  });

  test('py-tes 1.1.4: sends a token as a password', async () => {
    const python = pythons.get('1.1.4') ?? '';
    const script = fileURLToPath(new URL('py-tes.py', import.meta.url));
    const { stdout } = await run(python, [script, bench.url, 'any', await bench.makeToken('py-tes')]);
    expect(stdout).toBe('ok\n');
  });
});

/** The Python of an environment that has py-tes; kept for later runs. */
async function install(version: string): Promise<string> {
  const directory = await makeOnce(join(cacheDirectory(), `tes-py-tes-${version}`), async (target) => {
    await run('python3', ['-m', 'venv', '--copies', target]);
    // The older one uses six without naming it.
    await run(join(target, 'bin/python'), ['-m', 'pip', 'install', '-q', `py-tes==${version}`, 'six']);
  });
  return join(directory, 'bin/python');
}
