import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installLauncher } from '../../../src/runtimes/oci/launcher/install-launcher.ts';
import { launcherCommand, writeOrder } from '../../../src/runtimes/oci/launcher/launcher-command.ts';
import { runCommand } from '../../parts/processes/run-command.ts';

const outputBytes = 100_000;

/** The program that starts one container, with a script in the place of the engine. */
export function describeLauncher(): void {
  describe('the launcher', () => {
    let base: string;
    beforeEach(async () => {
      base = await mkdtemp(join(tmpdir(), 'launcher-'));
      const directories = ['mount', 'image', 'container'].map((name) => mkdir(join(base, name)));
      await Promise.all([...directories, installLauncher(join(base, 'launcher'))]);
    });
    afterEach(() => rm(base, { recursive: true }));
    const container = () => join(base, 'container');
    const readNote = (name: string) => readFile(join(container(), name), 'utf8');
    const order = (lower = join(base, 'image')) =>
      writeOrder(1, { directory: container(), lower, layerBytes: 4096, outputBytes });

    /** @returns what the launcher tells, which is nothing when it got no order */
    async function launch(input: string, script: string, path = join(base, 'engine')): Promise<string> {
      await writeFile(join(base, 'engine'), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
      const way = { name: 'engine', version: 'engine 1', path, launcher: join(base, 'launcher') };
      const places = { engineRoot: join(base, 'state'), mountPoint: join(base, 'mount') };
      const [program = '', ...args] = launcherCommand(way, places);
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
      const ended = once(child, 'exit');
      child.stdin.end(input);
      const said = await text(child.stdout);
      await ended;
      expect(child.exitCode).toBe(0);
      return said;
    }

    test('writes down what the engine says and how it ended, and tells that', async () => {
      expect(await launch(order(), 'echo "$@"; echo problem >&2; exit 7')).toBe('1 7\n');
      expect(await readNote('exit')).toBe('7\n');
      const log = join(container(), 'engine.log');
      const run = `run --bundle ${container()} --pid-file ${join(container(), 'pid')} container`;
      expect(await readNote('stdout')).toBe(`--root ${join(base, 'state')} --log ${log} --log-format json ${run}\n`);
      expect(await readNote('stderr')).toBe('problem\n');
      expect(await readNote('launcher')).toMatch(/^\d+ \(launcher\) /);
    });

    test('tells of an engine that was killed as a shell does', async () => {
      expect(await launch(order(), 'kill -KILL $$')).toBe('1 137 silent\n');
      expect(await readNote('exit')).toBe('137\n');
    });

    test('shows the engine the image, which nothing can change, in a mount of its own', async () => {
      await writeFile(join(base, 'image', 'file'), 'content');
      const root = join(base, 'mount', 'room', 'root');
      expect(await launch(order(), `cat ${root}/file && echo changed > ${root}/file && cat ${root}/file`)).toBe(
        '1 0\n',
      );
      expect(await readNote('stdout')).toBe('contentchanged\n');
      expect(await readFile(join(base, 'image', 'file'), 'utf8')).toBe('content');
      expect(await readdir(join(base, 'mount'))).toEqual([]);
    });

    test('output: keeps the beginning of each stream, as many bytes as it was ordered, while the engine writes on', async () => {
      expect(await launch(order(), 'yes 0123456 | head -c 1000000; yes abcdefg | head -c 99999 >&2; exit 3')).toBe(
        '1 3\n',
      );
      expect(await readNote('stdout')).toBe('0123456\n'.repeat(outputBytes / 8));
      expect((await readNote('stderr')).length).toBe(99_999);
    });

    test('output: an engine that opens its streams again takes nothing back', async () => {
      const script =
        'echo one; echo two > /dev/stdout; truncate -s 0 /dev/stdout 2>/dev/null; echo three >> /dev/stdout';
      expect(await launch(order(), `${script}; (${script}) >&2`)).toBe('1 0\n');
      expect([await readNote('stdout'), await readNote('stderr')]).toEqual(['one\ntwo\nthree\n', 'one\ntwo\nthree\n']);
    });

    test('output: what a process writes after the engine has ended is not waited for', async () => {
      expect(await launch(order(), 'echo now; (sleep 5; echo late) & exit 0')).toBe('1 0\n');
      expect(await readNote('stdout')).toBe('now\n');
    });

    test('output: without room on the disk for all of it there is no exit code', async () => {
      await runCommand('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', container());
      try {
        expect(await launch(order(), 'head -c 200000 /dev/zero & sleep 0.5; kill $!')).toBe('');
        expect(await readdir(container())).not.toContain('exit');
      } finally {
        await runCommand('umount', container());
      }
    });

    test('does nothing for a container that has been launched', async () => {
      await launch(order(), 'exit 3');
      expect(await launch(order(), 'echo again')).toBe('1 75\n');
      expect(await readNote('exit')).toBe('3\n');
      // Nothing was written, so there is no file for it.
      expect(await readdir(container())).not.toContain('stdout');
    });

    test('does nothing when its input ends before the order does', async () => {
      for (const input of ['', order().slice(0, -1)]) expect(await launch(input, 'echo ran')).toBe('');
      expect(await readdir(container())).toEqual([]);
    });

    test('starts one container after the other, each with a root filesystem of its own', async () => {
      const orders = await Promise.all(
        ['one', 'two', 'three'].map(async (name, index) => {
          const directory = join(base, name);
          await mkdir(directory);
          return writeOrder(index, { directory, lower: join(base, 'image'), layerBytes: 4096, outputBytes });
        }),
      );
      const root = join(base, 'mount', 'room', 'root');
      const said = await launch(orders.join(''), `sleep 0.2; cat ${root}/* 2>&1; echo mine > ${root}/mine; ls ${root}`);
      expect(said.trim().split('\n').toSorted()).toEqual(['0 0', '1 0', '2 0']);
      for (const name of ['one', 'two', 'three'])
        expect(await readFile(join(base, name, 'stdout'), 'utf8')).toMatch(/No such file or directory\nmine\n$/);
      expect(await readdir(join(base, 'image'))).toEqual([]);
    });

    test('says what it could not make ready', async () => {
      expect(await launch(order(join(base, 'gone')), 'echo ran')).toBe('1 1\n');
      expect(await readNote('setup.log')).toBe('the mount of the root filesystem: No such file or directory\n');
      expect(await readNote('exit')).toBe('1\n');
    });

    test('says that there is no engine', async () => {
      expect(await launch(order(), 'echo ran', join(base, 'gone'))).toBe('1 1 silent\n');
      expect(await readNote('setup.log')).toBe('the start of the engine: No such file or directory\n');
    });
  });
}
