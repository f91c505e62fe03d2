import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hierarchiesOf, parseGroupLayout } from '../../../src/runtimes/groups/group-layout.ts';
import { createCgroup } from '../../../src/runtimes/oci/cgroup/cgroup.ts';
import { handleSchema } from '../../../src/wire/record/record.ts';
import { largestWhile } from '../../parts/measure/largest-while.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { processesNaming } from '../../parts/processes/processes-naming.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { memoryOf, type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, readAll, specOf, textOf, withSandbox } from '../run-step.ts';

const handlesSchema = z.object({ sandbox: handleSchema, container: handleSchema });
const ownerFile = fileURLToPath(new URL('../owner.ts', import.meta.url));
const soonMs = 10_000;

/** What becomes of containers when the processes around them die. */
export function describeSurvival(): void {
  describe('survival', () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench();
    });
    afterAll(() => bench.close());

    test('a container outlives a kill -9 of its agent; another one reads all of its output and its exit code', async () => {
      const script = 'echo before; until [ -e /workspace/output/go ]; do sleep 0.05; done; echo after; exit 21';
      const owner = await startOwner(bench, script);
      owner.process.kill('SIGKILL');
      await once(owner.process, 'exit');

      const sandbox = await bench.runtime.recoverSandbox(owner.sandbox, { fence: 1 });
      const container = await sandbox?.recoverContainer(owner.container);
      if (sandbox === undefined || container === undefined) throw new Error('it was not found again');
      const helper = await createIn(bench.runtime, sandbox, bench.images.shell, {
        command: ['sh', '-c', 'echo > /workspace/output/go'],
      });
      await helper.start();
      const [exit, chunks] = await Promise.all([container.wait(never), readAll(container.logs({ signal: never }))]);
      expect(exit).toMatchObject({ code: 21, reason: 'exited' });
      expect(exit.usage?.cpuSeconds).toBeGreaterThan(0);
      expect(textOf(chunks, 'stdout')).toBe('before\nafter\n');
      await sandbox.remove();
      expect(await bench.leftovers()).toEqual([]);
    });

    test('a container that ended while no agent lived still has its exit code', async () => {
      const owner = await startOwner(bench, 'sleep 0.3; echo done; exit 22');
      owner.process.kill('SIGKILL');
      await once(owner.process, 'exit');
      expect(await becomesTrue(async () => (await launchersOf(bench)).length === 0, soonMs)).toBe(true);

      const sandbox = await bench.runtime.recoverSandbox(owner.sandbox, { fence: 1 });
      const container = await sandbox?.recoverContainer(owner.container);
      expect((await container?.wait(never))?.code).toBe(22);
      await sandbox?.remove();
      expect(await bench.leftovers()).toEqual([]);
    });

    test('engine state: is in memory, and without it, as after a restart of the host, an end is still known', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, {
          command: ['sh', '-c', 'until [ -e /workspace/output/go ]; do sleep 0.05; done; exit 22'],
        });
        await container.start();
        const records = join(memoryOf(bench.base), '.engine');
        expect(await readdir(records)).toContain(String(container.handle.container));
        await rm(records, { recursive: true });
        const helper = await createIn(bench.runtime, sandbox, bench.images.shell, {
          command: ['sh', '-c', 'echo > /workspace/output/go'],
        });
        await mkdir(records, { mode: 0o700 });
        await helper.start();
        expect((await container.wait(never)).code).toBe(22);
        const found = await bench.runtime.recoverSandbox(sandbox.handle, { fence: 1 });
        const again = await found?.recoverContainer(container.handle);
        expect((await again?.wait(never))?.code).toBe(22);
      });
      expect(await bench.leftovers()).toEqual([]);
    });

    test('when the process that watches a container is killed, the container is ended and the loss is said', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['sleep', '60'] });
        await container.start();
        const [launcher] = await launchersOf(bench);
        process.kill(launcher ?? 0, 'SIGKILL');
        await expect(container.wait(never)).rejects.toMatchObject({ code: 'AGENT_LOST' });
      });
      expect(await bench.leftovers()).toEqual([]);
    });

    test('when the process that watches a container is killed while no agent lives, the engine ends with it', async () => {
      const owner = await startOwner(bench, 'sleep 60');
      owner.process.kill('SIGKILL');
      await once(owner.process, 'exit');
      const [launcher = 0] = await launchersOf(bench);
      const engine = (await processesNaming(String(owner.container.container))).filter((pid) => pid !== launcher);
      expect(engine).toHaveLength(1);
      process.kill(launcher, 'SIGKILL');
      const isGone = async () => (await processesNaming(String(owner.container.container))).length === 0;
      expect(await becomesTrue(isGone, soonMs)).toBe(true);

      const sandbox = await bench.runtime.recoverSandbox(owner.sandbox, { fence: 1 });
      const container = await sandbox?.recoverContainer(owner.container);
      await expect(container?.wait(never)).rejects.toMatchObject({ code: 'AGENT_LOST' });
      await sandbox?.remove();
      expect(await bench.leftovers()).toEqual([]);
    });

    test('a cgroup that exists in one hierarchy only is swept, and a process in it ended', async () => {
      const layout = parseGroupLayout(await readFile('/proc/self/mountinfo', 'utf8'));
      for (const mount of hierarchiesOf(layout)) {
        const sandbox = await bench.runtime.openSandbox(specOf(), never);
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['true'] });
        const name = `${sandbox.handle.executionId}.${container.handle.container}`;
        const group = createCgroup(layout, name);
        // As a launcher leaves it that is killed while its engine enters one group after the other.
        await group.remove();
        const directory = join(mount, group.path);
        await mkdir(directory, { recursive: true });
        const stays = spawn('sleep', ['1000']);
        const ended = once(stays, 'exit');
        try {
          await writeFile(join(directory, 'cgroup.procs'), String(stays.pid));
          await bench.runtime.sweep('contract', async () => false);
          expect(await bench.leftovers(), mount).toEqual([]);
        } finally {
          stays.kill('SIGKILL');
          await ended;
        }
      }
    });

    test('when the engine of a container is killed, the container is ended and the loss is said', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, {
          command: ['sh', '-c', 'echo runs; sleep 60'],
        });
        await container.start();
        const hasBegun = async () => {
          const [stdout] = await filesOf(bench, /\/stdout$/);
          return stdout !== undefined && (await readFile(stdout, 'utf8')) === 'runs\n';
        };
        expect(await becomesTrue(hasBegun, soonMs)).toBe(true);
        const [engine] = await processesNaming(String(container.handle.container));
        process.kill(engine ?? 0, 'SIGKILL');
        await expect(container.wait(never)).rejects.toMatchObject({ code: 'AGENT_LOST' });
        expect(textOf(await readAll(container.logs({ signal: never })), 'stdout')).toBe('runs\n');
      });
      expect(await bench.leftovers()).toEqual([]);
    });

    test('a launcher that is killed before it takes its order is not missed', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const container = await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['echo', 'ran'] });
        const waiting = await waitingLauncher(bench);
        process.kill(waiting, 'SIGSTOP');
        const starting = container.start();
        const isHandedOver = async () => (await unreadInputOf(waiting)) > 0;
        expect(await becomesTrue(isHandedOver, soonMs)).toBe(true);
        process.kill(waiting, 'SIGKILL');
        await starting;
        expect(await container.wait(never)).toMatchObject({ code: 0, reason: 'exited' });
        expect(textOf(await readAll(container.logs({ signal: never })), 'stdout')).toBe('ran\n');
      });
      expect(await bench.leftovers()).toEqual([]);
    });

    test('of two agents that start the same container, one does and both see its end', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const script = 'echo ran >> /workspace/output/runs; sleep 0.3; cat /workspace/output/runs';
        const first = await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['sh', '-c', script] });
        const other = await (await bench.restart()).recoverSandbox(sandbox.handle, { fence: 1 });
        const second = await other?.recoverContainer(first.handle);
        await Promise.all([first.start(), second?.start()]);
        expect((await first.wait(never)).code).toBe(0);
        expect((await second?.wait(never))?.code).toBe(0);
        expect(textOf(await readAll(first.logs({ signal: never })), 'stdout')).toBe('ran\n');
      });
    });

    test('a flood of output does not fill the disk, and what is kept is the beginning', async () => {
      const maxLogBytes = 1024 ** 2;
      const runtime = await bench.open({ limits: { maxLogBytes } });
      await withSandbox(runtime, async (sandbox) => {
        const command = ['sh', '-c', 'yes 0123456 | head -c 400000000'];
        const container = await createIn(runtime, sandbox, bench.images.shell, { command });
        await container.start();
        const largestFile = async () => {
          const files = await filesOf(bench, /std(?:out|err)$/);
          return Math.max(...(await Promise.all(files.map(async (file) => (await stat(file)).size))));
        };
        const ended = Promise.all([container.wait(never), readAll(container.logs({ signal: never }))]);
        const { result, largest } = await largestWhile(ended, largestFile);
        const [exit, chunks] = result;
        expect(exit.code).toBe(0);
        expect(textOf(chunks, 'stdout')).toBe('0123456\n'.repeat(maxLogBytes / 8));
        expect(largest).toBeLessThanOrEqual(maxLogBytes);
        expect(await largestFile()).toBe(maxLogBytes);
      });
    });
  });
}

/** Bytes. */
async function unreadInputOf(pid: number): Promise<number> {
  const lines = (await runCommand('ss', '-xpH')).split('\n');
  const input = lines.find((line) => line.includes(`pid=${pid},fd=0`));
  return Number(input?.trim().split(/\s+/)[2] ?? 0);
}

/** The one that waits for an order of this process. What a launcher was ordered to keep is its child and has its command line. */
async function waitingLauncher(bench: OciBench): Promise<number> {
  let own: readonly number[] = [];
  const isOne = async () => {
    const all = await processesNaming(`${bench.base}/state/launcher\0`);
    const parents = await Promise.all(all.map(parentOf));
    own = all.filter((_, index) => parents[index] === process.pid);
    return own.length === 1;
  };
  expect(await becomesTrue(isOne, soonMs)).toBe(true);
  return own[0] ?? expect.fail('no launcher waits');
}

/** Undefined: it has ended. */
async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, parent] = /^PPid:\s*(\d+)$/m.exec(status) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

async function startOwner({ base, images }: OciBench, script: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', ownerFile, base, images.shell, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { process: child, ...handlesSchema.parse(JSON.parse(line)) };
  throw new Error('the owner ended before its container ran');
}

/** Pids of the processes that watch containers of this bench. */
async function launchersOf(bench: OciBench): Promise<number[]> {
  const files = await filesOf(bench, /\/launcher$/);
  const pids = await Promise.all(files.map(async (file) => Number.parseInt(await readFile(file, 'utf8'), 10)));
  return pids.filter((pid) => existsSync(`/proc/${pid}`));
}

async function filesOf({ base }: OciBench, pattern: RegExp): Promise<string[]> {
  const names = await readdir(join(base, 'work'), { recursive: true });
  return names.filter((name) => pattern.test(name)).map((name) => join(base, 'work', name));
}
