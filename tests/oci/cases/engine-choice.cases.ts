import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processesNaming } from '../../parts/processes/processes-naming.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { never, runStep } from '../run-step.ts';

/** Which OCI runtime is used, and how. */
export function describeEngineChoice(): void {
  describe('the choice of an OCI runtime', () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench();
    });
    afterAll(() => bench.close());

    test('one that is installed but does not run containers is passed over', async () => {
      const runtime = await bench.open({ engines: ['/bin/false', 'runc'] });
      expect(await runtime.probe(never)).toMatchObject({ ok: true, version: expect.stringMatching(/^runc \d/) });
      expect((await runStep(runtime, bench.images.shell, { command: ['echo', 'ran'] })).stdout).toBe('ran\n');
    });

    test('without any the probe says what to install, and so does the error of a run', async () => {
      const runtime = await bench.open({ engines: ['no-such-engine'] });
      const health = await runtime.probe(never);
      expect(health).toMatchObject({ ok: false, reason: expect.stringContaining('apt-get install crun') });
      await expect(runStep(runtime, bench.images.shell, {})).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        message: health.reason,
      });
    });

    test('without an init program or a system call filter the probe names the package that has it', async () => {
      const withoutInit = await bench.open({ commands: { init: '/nonexistent/init' } });
      expect((await withoutInit.probe(never)).reason).toContain('apt-get install tini');
      const withoutFilter = await bench.open({ seccompProfile: '/nonexistent/seccomp.json' });
      expect((await withoutFilter.probe(never)).reason).toContain('golang-github-containers-common');
    });

    test('where no program may be run the probe says what to choose', async () => {
      const stateDir = join(bench.base, 'noexec');
      await mkdir(stateDir);
      await runCommand('mount', '-t', 'tmpfs', '-o', 'noexec', 'tmpfs', stateDir);
      try {
        const runtime = await bench.open({ stateDir });
        const { ok, reason } = await runtime.probe(never);
        expect(ok).toBe(false);
        expect(reason).toContain('noexec');
        expect(reason).toContain('EXEC_DATA_DIR');
      } finally {
        await runCommand('umount', stateDir);
      }
    });

    test('a closed runtime leaves no process that waits for work', async () => {
      const runtime = await bench.open({ stateDir: `${bench.base}/closing` });
      await runStep(runtime, bench.images.shell, { command: ['true'] });
      await expect.poll(() => processesNaming(`${bench.base}/closing`)).not.toEqual([]);
      await runtime.close();
      await expect.poll(() => processesNaming(`${bench.base}/closing`)).toEqual([]);
    });
  });
}
