import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, readAll, runStep, textOf, withSandbox } from '../run-step.ts';

/** Containers of root can use up root's inotify instances and watches. */
export function describeWithoutInotify(): void {
  describe.each(['EMFILE', 'ENOSPC'])('without inotify (%s)', (code) => {
    beforeEach(() => {
      vi.spyOn(fs, 'watch').mockImplementation(() => {
        throw Object.assign(new Error(`${code}: injected`), { code });
      });
      syncBuiltinESMExports();
    });
    afterEach(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });

    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench();
    });
    afterAll(() => bench.close());

    test('an agent finds its engine, runs containers and reads their output as it comes', async () => {
      expect((await bench.runtime.probe(never)).ok).toBe(true);
      const ran = await runStep(bench.runtime, bench.images.shell, {
        command: ['sh', '-c', 'echo out; echo err >&2; exit 4'],
      });
      expect(ran).toMatchObject({ exit: { code: 4, reason: 'exited' }, stdout: 'out\n', stderr: 'err\n' });
      await withSandbox(bench.runtime, async (sandbox) => {
        const command = ['sh', '-c', 'echo first; exec sleep 60'];
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, { command });
        await container.start();
        for await (const { data } of container.logs({ signal: never })) {
          expect(Buffer.from(data).toString()).toBe('first\n');
          break;
        }
        await container.stop(0);
      });
      expect(await bench.leftovers()).toEqual([]);
    });

    test('an agent follows a container that another one started', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const command = ['sh', '-c', 'sleep 0.5; echo end; exit 5'];
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, { command });
        await container.start();
        const other = await (await bench.restart()).recoverSandbox(sandbox.handle, { fence: 1 });
        const found = await other?.recoverContainer(container.handle);
        expect(await found?.wait(never)).toMatchObject({ code: 5 });
        if (found !== undefined) expect(textOf(await readAll(found.logs({ signal: never })), 'stdout')).toBe('end\n');
      });
    });
  });
}
