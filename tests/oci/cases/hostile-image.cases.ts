import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExecError } from '../../../src/support/exec-error.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { makeImage } from '../make-image.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, runStep, withSandbox } from '../run-step.ts';

/** Images that were made to reach beyond their container. */
export function describeHostileImages(): void {
  describe.each(['crun', 'runc'])('a hostile image under %s', (engine) => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench({ engines: [engine] });
    });
    afterAll(() => bench.close());

    test('whose /etc/passwd is a link to a file of the host learns nothing from that file', async () => {
      const canary = join(bench.base, 'canary');
      await writeFile(canary, 'secretuser:x:4242:4242::/:/bin/sh\n');
      await makeImage(bench.runtime.images, 'hostile/passwd:1', async (tree) => {
        await rm(join(tree, 'etc/passwd'));
        await symlink(canary, join(tree, 'etc/passwd'));
      });
      const start = withSandbox(bench.runtime, async (sandbox) =>
        createIn(bench.runtime, sandbox, 'hostile/passwd:1', { command: ['id'], user: 'secretuser' }),
      );
      await expect(start).rejects.toMatchObject({ code: 'START_FAILED' });
      const { stdout } = await runStep(bench.runtime, 'hostile/passwd:1', { command: ['id', '-u'], user: '7' });
      expect(stdout).toBe('7\n');
    });

    test('whose directories are links to paths of the host gets its mounts at those paths of its own', async () => {
      const outside = join(bench.base, 'outside');
      await mkdir(outside);
      await makeImage(bench.runtime.images, 'hostile/links:1', async (tree) => {
        await mkdir(join(tree, outside), { recursive: true });
        for (const name of ['etc', 'tmp']) await rm(join(tree, name), { recursive: true });
        await symlink(outside, join(tree, 'etc'));
        await symlink(`/../../../..${outside}`, join(tree, 'workspace'));
        await symlink('/proc/self/root', join(tree, 'tmp'));
      });
      const script = 'touch /workspace/file; cat /etc/hostname';
      const run = runStep(bench.runtime, 'hostile/links:1', { command: ['sh', '-c', script], workingDir: '/' });
      // An engine may also refuse such an image.
      const ran = await run.catch((error: unknown) => error);
      if (ran instanceof ExecError) expect(ran.code).toBe('START_FAILED');
      else expect(ran).toMatchObject({ stdout: 'container\n', exit: { code: 0 } });
      expect(await readdir(outside)).toEqual([]);
    });

    test('whose root changes the device that is its stdin changes nothing of the host', async () => {
      const before = (await stat('/dev/null')).ctimeMs;
      for (const user of ['0', '1000']) {
        // The mode that it has: what the host has is not to be tried out on.
        const script = 'cat; chmod 666 /proc/self/fd/0; chmod 666 /dev/null; cat /dev/stdin; echo read';
        const { stdout } = await runStep(bench.runtime, bench.images.shell, { command: ['sh', '-c', script], user });
        expect(stdout).toBe('read\n');
      }
      expect((await stat('/dev/null')).ctimeMs).toBe(before);
    });

    test('with device nodes in it cannot open them', async () => {
      await makeImage(bench.runtime.images, 'hostile/devices:1', async (tree) => {
        await runCommand('mknod', join(tree, 'memory'), 'c', '1', '1');
        await runCommand('mknod', join(tree, 'disk'), 'b', '254', '0');
      });
      const script = 'head -c 1 /memory; head -c 1 /disk; head -c 1 /dev/zero | wc -c';
      const ran = await runStep(bench.runtime, 'hostile/devices:1', { command: ['sh', '-c', script] });
      expect(ran.stdout).toBe('1\n');
      expect(ran.stderr.match(/Operation not permitted|Permission denied/g)).toHaveLength(2);
    });

    test('with a set-user-id program gives nobody more than he has', async () => {
      await makeImage(bench.runtime.images, 'hostile/suid:1', (tree) =>
        runCommand('chmod', '4755', join(tree, 'bin/busybox')),
      );
      const ran = await runStep(bench.runtime, 'hostile/suid:1', {
        command: ['grep', 'Uid', '/proc/self/status'],
        user: '1234',
      });
      expect(ran.stdout).toBe('Uid:\t1234\t1234\t1234\t1234\n');
    });
  });
}
