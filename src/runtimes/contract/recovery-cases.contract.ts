import { expect } from 'vitest';
import { delay } from '../../support/time/deadline.ts';
import { type Handle, handleSchema } from '../../wire/record/record.ts';
import type { Runtime } from '../runtime.ts';
import {
  type Check,
  createContainer,
  deployment,
  follow,
  inputFile,
  inSandbox,
  never,
  outputFiles,
  type RuntimeBench,
  readLogs,
  specOf,
  startContainer,
  textOf,
  untilLogged,
  usesMuch,
} from './bench.contract.ts';

// A file's time is that of the kernel's last tick, which may be before a clock that was just read.
const fileClockMs = 10;

export function recoveryCases(check: Check): void {
  check('another agent follows a container that runs, and collects', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script:
          'echo one; until [ -e /workspace/output/go ]; do sleep 0.05; done; echo two; echo x > /workspace/output/x; exit 6',
      });
      const before = await untilLogged(container, 'one');
      const helper = await startContainer(bench, sandbox, { script: 'echo > /workspace/output/go' });
      await afterRestart(bench, async (runtime) => {
        const found = await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
        const again = await found?.recoverContainer(plain(container.handle));
        if (found === undefined || again === undefined) throw new Error('the sandbox was not found again');
        await again.start();
        expect(await again.wait(never)).toMatchObject({ code: 6, reason: 'exited' });
        const after = await readLogs(again, before.at(-1)?.position);
        expect(textOf([...before, ...after])).toBe('one\ntwo\n');
        expect((await found.collect([outputFiles('x')], never)).files).toMatchObject([{ name: 'x', content: 'x\n' }]);
        await helper.wait(never);
      });
    });
  });

  check('another agent with a lower fence than one that took over is refused', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      await startContainer(bench, sandbox, { command: ['sleep', '60'] });
      await afterRestart(bench, async (runtime) => {
        const recover = (fence: number) => runtime.recoverSandbox(plain(sandbox.handle), { fence });
        expect(await recover(3)).toMatchObject({ handle: plain(sandbox.handle) });
        await expect(recover(2)).rejects.toMatchObject({ code: 'AGENT_LOST' });
        expect(await recover(3)).toMatchObject({ handle: plain(sandbox.handle) });
      });
    });
  });

  check(
    'another agent reads the end of a container that ended meanwhile, and does not start it again',
    async (bench) => {
      const begin = Date.now();
      await delay(fileClockMs);
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const container = await startContainer(bench, sandbox, {
          script: 'echo ran; echo ran >> /workspace/output/runs; exit 9',
        });
        await container.wait(never);
        const end = Date.now();
        await afterRestart(bench, async (runtime) => {
          const found = await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
          const again = await found?.recoverContainer(plain(container.handle));
          if (found === undefined || again === undefined) throw new Error('the sandbox was not found again');
          await again.start();
          const { exit, stdout } = await follow(again);
          expect({ code: exit.code, stdout }).toEqual({ code: 9, stdout: 'ran\n' });
          // By the clock of the runtime, from before it was waited for and after this test began.
          expect(exit.endedAt).toBeLessThanOrEqual(end);
          expect(exit.endedAt).toBeGreaterThan(begin);
          expect((await found.collect([outputFiles('runs')], never)).files).toMatchObject([{ content: 'ran\n' }]);
        });
      });
    },
  );

  check('another agent tells what a container used that ran meanwhile', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: `until [ -e /workspace/output/go ]; do sleep 0.05; done; ${usesMuch.script}`,
      });
      await afterRestart(bench, async (runtime) => {
        const found = await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
        const again = await found?.recoverContainer(plain(container.handle));
        if (found === undefined || again === undefined) throw new Error('the sandbox was not found again');
        await again.start();
        const helper = await startContainer(bench, found, { script: 'echo > /workspace/output/go' });
        expect(await again.wait(never)).toMatchObject({ code: 0, usage: usesMuch.usage() });
        await helper.wait(never);
      });
    });
  });

  check('another agent starts a container that was created and never started', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      await sandbox.stage([inputFile('/workspace/input/a', 'staged')], never);
      const container = await createContainer(bench, sandbox, { script: 'cat /workspace/input/a' });
      await afterRestart(bench, async (runtime) => {
        const again = await (await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 }))?.recoverContainer(
          plain(container.handle),
        );
        if (again === undefined) throw new Error('the container was not found again');
        await again.start();
        expect((await follow(again)).stdout).toBe('staged');
      });
    });
  });

  check('another agent stops and removes what it found', async (bench) => {
    const sandbox = await bench.runtime.openSandbox(specOf(), never);
    const container = await startContainer(bench, sandbox, { script: 'exec sleep 60' });
    await afterRestart(bench, async (runtime) => {
      const found = await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
      const again = await found?.recoverContainer(plain(container.handle));
      await again?.stop(0);
      expect((await again?.wait(never))?.code).toBe(137);
      await found?.remove();
    });
    expect(await bench.leftovers()).toEqual([]);
  });

  check('what was removed is not found again', async (bench) => {
    const sandbox = await bench.runtime.openSandbox(specOf(), never);
    const container = await startContainer(bench, sandbox, { script: 'true' });
    await container.wait(never);
    await sandbox.remove();
    await afterRestart(bench, async (runtime) => {
      const found = await runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
      expect(await found?.recoverContainer(plain(container.handle))).toBeUndefined();
      expect(found).toBeUndefined();
    });
  });

  check('a running sandbox is removed whole, twice without harm', async (bench) => {
    const sandbox = await bench.runtime.openSandbox(specOf(), never);
    await sandbox.stage([inputFile('/workspace/input/a', 'a')], never);
    const container = await startContainer(bench, sandbox, {
      script: 'mkdir -m 0 /workspace/output/shut; echo ready; exec sleep 60',
    });
    await untilLogged(container, 'ready');
    await Promise.all([sandbox.remove(), sandbox.remove()]);
    await sandbox.remove();
    expect(await bench.leftovers()).toEqual([]);
  });

  check('closing a runtime leaves its containers running', async (bench) => {
    const first = await bench.restart();
    const sandbox = await first.openSandbox(specOf(), never);
    const container = await createContainer(bench, sandbox, { script: 'echo ready; sleep 0.5; exit 8' }, first);
    await container.start();
    await untilLogged(container, 'ready');
    await first.close();
    const found = await bench.runtime.recoverSandbox(plain(sandbox.handle), { fence: 1 });
    const again = await found?.recoverContainer(plain(container.handle));
    expect((await again?.wait(never))?.code).toBe(8);
    await found?.remove();
  });

  check('an aborted opening leaves nothing', async (bench) => {
    const reason = new Error('enough');
    await expect(bench.runtime.openSandbox(specOf(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await bench.leftovers()).toEqual([]);
  });

  check('a sweep removes the unknown executions of its deployment and no others', async (bench) => {
    const { runtime } = bench;
    await inSandbox(runtime, {}, async (known, knownSpec) => {
      await inSandbox(runtime, { deployment: `${deployment}-2` }, async (foreign) => {
        const kept = await startContainer(bench, known, { script: 'echo ready; exec sleep 60' });
        const others = await startContainer(bench, foreign, { script: 'echo ready; exec sleep 60' });
        const running = await runtime.openSandbox(specOf(), never);
        await startContainer(bench, running, { script: 'exec sleep 60' });
        const created = specOf();
        await createContainer(bench, await runtime.openSandbox(created, never), { script: 'true' });
        const empty = specOf();
        await runtime.openSandbox(empty, never);

        await afterRestart(bench, async (another) => {
          const isKnown = async (executionId: string) => executionId === knownSpec.executionId;
          const swept = await another.sweep(deployment, isKnown);
          const ids = new Set(swept.map(({ executionId }) => executionId));
          expect(ids.size).toBe(3);
          expect(ids.has(created.executionId) && ids.has(empty.executionId)).toBe(true);
          expect(await another.sweep(deployment, isKnown)).toEqual([]);
        });
        expect(await runtime.recoverSandbox(plain(running.handle), { fence: 1 })).toBeUndefined();
        for (const container of [kept, others]) {
          await container.stop(0);
          expect((await container.wait(never)).code).toBe(137);
        }
      });
    });
    expect(await bench.leftovers()).toEqual([]);
  });
}

async function afterRestart(bench: RuntimeBench, body: (runtime: Runtime) => Promise<void>): Promise<void> {
  const runtime = await bench.restart();
  try {
    await body(runtime);
  } finally {
    await runtime.close();
  }
}

/** As it comes back from a record. */
function plain(handle: Handle): Handle {
  return handleSchema.parse(JSON.parse(JSON.stringify(handle)));
}
