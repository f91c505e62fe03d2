import { expect } from 'vitest';
import {
  type Check,
  failureOf,
  follow,
  inSandbox,
  never,
  run,
  startContainer,
  stepSpecOf,
  usesMuch,
} from './bench.contract.ts';

const MiB = 1024 * 1024;

export function exitCases(check: Check): void {
  check('exit code 3 is exit code 3', async (bench) => {
    expect((await run(bench, { script: 'exit 3' })).exit).toMatchObject({ code: 3, reason: 'exited' });
  });

  check('a process that a signal ended has 128 plus its number', async (bench) => {
    const { exit } = await run(bench, { script: 'kill -USR1 $$; sleep 10' });
    expect(exit).toMatchObject({ code: 128 + 10, reason: 'exited' });
  });

  check('a process that killed itself is not called out of memory', async (bench) => {
    expect((await run(bench, { script: 'kill -9 $$' })).exit).toMatchObject({ code: 137, reason: 'exited' });
  });

  check('more memory than allowed is reported as out of memory', async (bench) => {
    const { exit } = await run(bench, {
      command: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'],
      box: { resources: { memoryBytes: 64 * MiB } },
    });
    expect(exit).toMatchObject({ code: 137, reason: 'out-of-memory' });
  });

  check('memory: a child that was killed for it is reported although the command ends well', async (bench) => {
    const box = { resources: { memoryBytes: 64 * MiB } };
    const { exit, stdout } = await run(bench, {
      script: 'dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; echo went on; sleep 0.5; exit 0',
      box,
    });
    expect(stdout).toBe('went on\n');
    expect(exit).toMatchObject({ code: 0, reason: 'exited', memoryKill: true });
    expect((await run(bench, { script: 'true', box })).exit).not.toHaveProperty('memoryKill');
  });

  check('/dev/shm: has the size that was asked for, and counts as memory', async (bench) => {
    const script =
      'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2; dd if=/dev/zero of=/dev/shm/big bs=1M count=100 2>&1';
    const sized = await run(bench, { script, box: { resources: { shmBytes: 96 * MiB } } });
    expect(sized.stdout).toMatch(/^98304\n.*No space left on device/s);
    const larger = await run(bench, { script, box: { resources: { shmBytes: 128 * MiB } } });
    expect(larger.exit.code).toBe(0);
  });

  check('an exit can be asked for again and is the same', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'exit 5' });
      const first = await container.wait(never);
      expect(await container.wait(never)).toEqual(first);
    });
  });

  check('an aborted wait rejects with the reason and leaves the container running', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'until [ -e /tmp/go ]; do sleep 0.1; done' });
      const abort = new AbortController();
      const waited = container.wait(abort.signal);
      const reason = new Error('enough');
      abort.abort(reason);
      await expect(waited).rejects.toBe(reason);
      await expect(container.wait(AbortSignal.abort(reason))).rejects.toBe(reason);
      await container.stop(0);
      expect((await container.wait(never)).code).toBe(137);
    });
  });

  check('orphaned children are reaped', async (bench) => {
    // The main process is a sleep, which reaps nobody; a witness in the background looks for zombies.
    const { stdout } = await run(bench, {
      script: `(sleep 0.6; grep -l '^State:.*Z' /proc/[0-9]*/status; echo looked) &
        for i in 1 2 3 4 5; do (sleep 0.1 &); done
        exec sleep 1.2`,
    });
    expect(stdout).toBe('looked\n');
  });

  check('the use of cpu and memory is reported', async (bench) => {
    const { exit } = await run(bench, { script: usesMuch.script });
    expect(exit).toMatchObject({ code: 0, usage: usesMuch.usage() });
  });

  check('two steps of one sandbox share its volumes', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      await follow(await startContainer(bench, sandbox, { script: 'echo kept > /workspace/output/note' }));
      const { stdout } = await follow(await startContainer(bench, sandbox, { script: 'cat /workspace/output/note' }));
      expect(stdout).toBe('kept\n');
    });
  });

  check('steps: run in order in a sandbox that was opened for all of them', async (bench) => {
    const scripts = [1, 2, 3].map(
      (n) => `echo ${n} >> /workspace/output/order; cat /workspace/output/order; exit ${n}`,
    );
    const steps = await Promise.all(scripts.map((script) => stepSpecOf(bench, { script })));
    await inSandbox(bench.runtime, { steps }, async (sandbox) => {
      const ended: (readonly [number, string])[] = [];
      for (const step of steps) {
        const container = await sandbox.create(step);
        await container.start();
        const { exit, stdout } = await follow(container);
        ended.push([exit.code, stdout]);
      }
      expect(ended).toEqual([
        [1, '1\n'],
        [2, '1\n2\n'],
        [3, '1\n2\n3\n'],
      ]);
    });
  });

  check('a container of a sandbox that was removed cannot be created', async (bench) => {
    const failure = await inSandbox(bench.runtime, {}, async (sandbox) => {
      await sandbox.remove();
      return failureOf(startContainer(bench, sandbox, { script: 'true' }));
    });
    expect(failure.message.length).toBeGreaterThan(10);
  });
}
