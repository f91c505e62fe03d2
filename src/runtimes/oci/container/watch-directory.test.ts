import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settlesWithin } from '../../../support/time/deadline.ts';
import { watchDirectory } from './watch-directory.ts';

const soonMs = 2000;
const laterMs = 150;

function refuseWatches(code: string): void {
  vi.spyOn(fs, 'watch').mockImplementation(() => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  });
  syncBuiltinESMExports();
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watch-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await rm(directory, { recursive: true });
});

describe.each([undefined, 'EMFILE', 'ENOSPC'])('a watch of a directory where inotify fails with %s', (code) => {
  beforeEach(() => {
    if (code !== undefined) refuseWatches(code);
  });

  test('sees that a file of the name appears, and no other', async () => {
    const watch = watchDirectory(directory, 'pid');
    const changed = watch.changed();
    await writeFile(join(directory, 'other'), '');
    expect(await settlesWithin(changed, laterMs)).toBe(false);
    await writeFile(join(directory, 'pid'), '1');
    expect(await settlesWithin(changed, soonMs)).toBe(true);
    watch.close();
  });

  test('sees every later change too, and nothing once it is closed', async () => {
    const watch = watchDirectory(directory);
    for (const name of ['one', 'two']) {
      const changed = watch.changed();
      await writeFile(join(directory, name), '');
      expect(await settlesWithin(changed, soonMs)).toBe(true);
    }
    watch.close();
  });
});

test('a watch of a directory reports what is wrong with the directory itself', () => {
  expect(() => watchDirectory(join(directory, 'missing'))).toThrow(/ENOENT/);
});

const limited = 'echo 0 > /proc/sys/user/max_inotify_instances';
const inNamespace = ['--user', '--map-root-user', 'sh', '-c'];
const canLimit = spawnSync('unshare', [...inNamespace, limited]).status === 0;

test.skipIf(!canLimit)('a watch of a directory works for a user without any inotify instance', async () => {
  const module = join(import.meta.dirname, 'watch-directory.ts');
  const script = `
    import { watch, writeFileSync } from 'node:fs';
    import { watchDirectory } from ${JSON.stringify(module)};
    let code; try { watch('.') } catch (error) { code = error.code }
    const seen = watchDirectory('.', 'pid').changed();
    writeFileSync('pid', '1');
    const keep = setTimeout(() => {}, ${soonMs});
    await seen; clearTimeout(keep);
    console.log(code, 'seen');`;
  const loader = import.meta.resolve('tsx');
  const node = [process.execPath, '--import', loader, '--input-type=module', '-e', script];
  const command = [...inNamespace, `${limited}; exec "$@"`, 'sh', ...node];
  const { stdout } = await promisify(execFile)('unshare', command, { cwd: directory });
  expect(stdout).toBe('EMFILE seen\n');
});
