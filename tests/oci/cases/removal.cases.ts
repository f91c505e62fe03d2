import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runtimes/runtime.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, specOf } from '../run-step.ts';

const timeout = 60_000;
// The launcher removes fewer, as remove.h says.
const manyFiles = 700;

/** What is left of an execution that ended well, which its launcher removes if it can. */
export function describeRemoval(): void {
  describe('removal after a success', { timeout }, () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench();
    });
    afterAll(() => bench.close());

    const run = async (sandbox: Sandbox, command: string) => {
      const step = { command: ['sh', '-c', command] };
      const container = await createIn(bench.runtime, sandbox, bench.images.shell, step);
      await container.start();
      expect(await container.wait(never)).toMatchObject({ code: 0 });
    };

    test('removal: a volume with more files than its launcher removes is gone too', async () => {
      const sandbox = await bench.runtime.openSandbox(specOf(), never);
      await run(sandbox, `cd /workspace/output && for n in $(seq ${manyFiles}); do : > "$n"; done`);
      await sandbox.remove();
      expect(await bench.leftovers()).toEqual([]);
    });

    test('removal: several containers and what they wrote are gone', async () => {
      const sandbox = await bench.runtime.openSandbox(specOf(), never);
      for (const name of ['a', 'b', 'c'])
        await run(sandbox, `mkdir -p /workspace/output/${name}/d && echo ${name} | tee /workspace/output/${name}/d/e`);
      await sandbox.remove();
      expect(await bench.leftovers()).toEqual([]);
    });

    test('removal: nothing goes while something is mounted in the workspace', async () => {
      const spec = specOf();
      const sandbox = await bench.runtime.openSandbox(spec, never);
      await run(sandbox, 'mkdir /workspace/output/mounted && echo kept > /workspace/output/beside');
      const volume = join(bench.base, 'work/oci/contract', spec.executionId, 'volumes/0-output');
      await mkdir(join(bench.base, 'other/inside'), { recursive: true });
      await runCommand('mount', '--bind', join(bench.base, 'other'), join(volume, 'mounted'));
      try {
        await expect(sandbox.remove()).rejects.toMatchObject({ code: 'INTERNAL' });
        expect((await readdir(volume)).sort()).toEqual(['beside', 'mounted']);
      } finally {
        await runCommand('umount', join(volume, 'mounted'));
      }
      await sandbox.remove();
      expect(await readdir(join(bench.base, 'other'))).toEqual(['inside']);
      expect(await bench.leftovers()).toEqual([]);
    });
  });
}
