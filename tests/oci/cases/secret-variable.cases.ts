import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runtimes/runtime.ts';
import { ExecError } from '../../../src/support/exec-error.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, readAll, textOf, withSandbox } from '../run-step.ts';

const memory = '/dev/shm/exec-agent-tests';
const script = 'echo "$TOKEN" | wc -c; sleep 3; exit 3';
// Longer than agents take to start on any host.
const longScript = 'sleep 600';

/** Secrets that containers get as variables. */
export function describeSecretVariables(): void {
  describe.each(['crun', 'runc'])('a secret variable under %s', (engine) => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench({ engines: [engine] });
    });
    afterAll(() => bench.close());

    const createWith = (sandbox: Sandbox, value: string, run = script) =>
      createIn(bench.runtime, sandbox, bench.images.shell, { command: ['sh', '-c', run] }, [
        { name: 'TOKEN', as: 'variable', value: Buffer.from(value) },
      ]);

    test('is on no disk at any time, in memory for root alone, and gone with its execution', async () => {
      const value = `secret-${randomUUID()}`;
      await withSandbox(bench.runtime, async (sandbox) => {
        const container = await createWith(sandbox, value);
        expect(await holding(bench.base, value)).toEqual([]);
        await container.start();
        expect(await holding(bench.base, value)).toEqual([]);
        const held = await holding(memory, value);
        // The configuration, and at least with crun the engine's copy of it.
        expect(held.length).toBeGreaterThan(0);
        for (const path of held) expect((await stat(join(path, '..'))).mode & 0o077).toBe(0);
        const [exit, logs] = await Promise.all([container.wait(never), readAll(container.logs({ signal: never }))]);
        expect(exit).toMatchObject({ code: 3, reason: 'exited' });
        expect(textOf(logs, 'stdout')).toBe(`${value.length + 1}\n`);
        expect(await holding(bench.base, value)).toEqual([]);
      });
      expect(await holding(memory, value)).toEqual([]);
      expect(await bench.leftovers()).toEqual([]);
    });

    test('is in a container that another agent starts and a third one stops', async () => {
      const value = `secret-${randomUUID()}`;
      await withSandbox(bench.runtime, async (sandbox) => {
        const created = await createWith(sandbox, value, longScript);
        const other = await (await bench.restart()).recoverSandbox(sandbox.handle, { fence: 1 });
        const container = await other?.recoverContainer(created.handle);
        await container?.start();
        const third = await (await bench.restart()).recoverSandbox(sandbox.handle, { fence: 1 });
        const found = await third?.recoverContainer(created.handle);
        await found?.stop(0);
        expect(await found?.wait(never)).toMatchObject({ code: 137 });
      });
      expect(await holding(memory, value)).toEqual([]);
      expect(await bench.leftovers()).toEqual([]);
    });

    test('without a file system in memory is refused, naming the setting', async () => {
      const runtime = await bench.open({ secretsDir: join(bench.base, 'on-disk') });
      await withSandbox(runtime, async (sandbox) => {
        const refused: unknown = await createWith(sandbox, 'value').catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(ExecError);
        expect(refused).toMatchObject({
          code: 'RUNTIME_UNAVAILABLE',
          message: expect.stringContaining('EXEC_SECRETS_MEMORY'),
        });
      });
    });
  });
}

/** Paths of the files below a directory that hold the text; what ends while it is looked at holds nothing. */
async function holding(directory: string, text: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const paths = names.filter((name) => !name.startsWith('images/')).map((name) => join(directory, name));
  const found: string[] = [];
  for (const path of paths) {
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue;
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    if (content.includes(text)) found.push(path);
  }
  return found;
}
