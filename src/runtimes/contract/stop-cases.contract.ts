import { expect } from 'vitest';
import { type Check, inSandbox, never, outputFiles, startContainer, untilLogged } from './bench.contract.ts';

const longGrace = 20_000;
const shortGrace = 300;

export function stopCases(check: Check): void {
  check('stop sends SIGTERM first, and what was written is collected', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: `trap 'echo got TERM; echo saved > /workspace/output/late; exit 7' TERM
          echo early > /workspace/output/early; echo ready; while :; do sleep 0.1; done`,
      });
      await untilLogged(container, 'ready');
      const started = Date.now();
      await container.stop(longGrace);
      expect(Date.now() - started).toBeLessThan(longGrace / 2);
      expect(await container.wait(never)).toMatchObject({ code: 7, reason: 'exited' });
      const { files } = await sandbox.collect([outputFiles('*')], never);
      expect(files.map(({ name, content }) => [name, content]).sort()).toEqual([
        ['early', 'early\n'],
        ['late', 'saved\n'],
      ]);
    });
  });

  check('a process that ignores SIGTERM is killed after the grace time', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: "trap '' TERM; echo ready; while :; do sleep 0.1; done",
      });
      await untilLogged(container, 'ready');
      const started = Date.now();
      await container.stop(shortGrace);
      expect(Date.now() - started).toBeGreaterThanOrEqual(shortGrace - 50);
      expect(await container.wait(never)).toMatchObject({ code: 137, reason: 'exited' });
    });
  });

  check('no grace is a kill at once', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done",
      });
      await untilLogged(container, 'ready');
      await container.stop(0);
      expect((await container.wait(never)).code).toBe(137);
    });
  });

  check('stop: callers that wait or read logs meanwhile get the end', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'echo ready; exec sleep 60' });
      const waited = container.wait(never);
      await untilLogged(container, 'ready');
      const read = (async () => {
        for await (const _ of container.logs({ signal: never }));
      })();
      await container.stop(longGrace);
      expect((await waited).code).toBe(143);
      await read;
    });
  });

  check('stopping one that has ended, twice and at once, does nothing', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'exit 4' });
      await container.wait(never);
      await Promise.all([container.stop(shortGrace), container.stop(0)]);
      expect((await container.wait(never)).code).toBe(4);
    });
  });
}
