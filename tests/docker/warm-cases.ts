import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createContainer,
  failureOf,
  follow,
  inSandbox,
  never,
  run,
  stepSpecOf,
} from '../../src/runtimes/contract/bench.contract.ts';
import { describeWarm } from '../../src/runtimes/runtime.contract.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { becomesTrue } from '../parts/poll.ts';
import { openDockerBench } from './open-docker-bench.ts';
import { openWarmBench, type WarmBench } from './open-warm-bench.ts';

const patienceMs = 30_000;

/** One after the other with the other cases of the driver: they share a deployment. */
export function describeWarmContainers(): void {
  describeWarm('with a container that waits', {
    open: openWarmBench,
    skip: [
      {
        case: 'a user that the image does not know is START_FAILED and named',
        reason: 'no container can wait under that user',
      },
      {
        case: 'another agent starts a container that was created and never started',
        reason: 'its execution begins anew, with another container',
      },
      {
        case: 'stdin: another agent starts a container that was created with it, and it is whole',
        reason: 'its execution begins anew, with another container',
      },
      {
        case: 'a sweep removes the unknown executions of its deployment and no others',
        reason: 'it counts what belongs to one execution each',
      },
    ],
  });

  describe('a container that waits', () => {
    let bench: WarmBench;
    beforeAll(async () => {
      bench = await openWarmBench();
    });
    afterAll(() => bench.close());
    const api = () => createDockerApi(inject('docker').host.slice('unix://'.length));

    test('gives its command the same as one that is made for it', async () => {
      const script = `tr '\\0' '\\n' < /proc/self/environ | grep -v ^HOSTNAME= | sort; ls -l /proc/self/fd/ | sed 's/.*[0-9] //'
        grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|Cap|Seccomp|NoNew|Uid|Gid|Groups|PPid)' /proc/$$/status
        ulimit -a; umask; pwd; find / -xdev 2>/dev/null | sort; find /workspace /tmp | sort; cut -d' ' -f5-6 /proc/self/mountinfo | sort
        cut -d' ' -f4,6,7 /proc/$$/stat; [ "$(cut -d' ' -f5 /proc/$$/stat)" = $$ ] && echo leads its group`;
      const options = { script, env: { HOME: '/tmp', NEW: 'a=b', PATH: '/bin:/usr/bin' } };
      const cold = await openDockerBench({ transfer: 'bind' });
      try {
        const [warm, made] = [await run(bench, options), await run(cold, options)];
        const plain = ({ stdout }: typeof warm) =>
          stdout.replaceAll(/[0-9a-f-]{36,64}|docker-runtime-\w+|pipe:\[\d+\]/g, '*');
        expect(plain(warm)).toBe(plain(made));
      } finally {
        await cold.close();
      }
    });

    test('does not show the variables of a command to the engine', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const spec = await stepSpecOf(bench, { script: 'echo "$TOKEN"' });
        const secrets = [{ name: 'TOKEN', as: 'variable', value: Buffer.from('s3cret-value\n') }] as const;
        const container = await sandbox.create({ ...spec, secrets });
        expect(container.handle).toMatchObject({ waited: true });
        await container.start();
        expect((await follow(container)).stdout).toBe('s3cret-value\n');
        expect(await api().inspect(String(container.handle.id))).not.toContain('s3cret-value');
      });
    });

    test('is not used when it has ended, nor for a step that wants something else', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const other = await createContainer(bench, sandbox, { command: ['id', '-u'], user: '1234' });
        expect(other.handle).not.toHaveProperty('waited');
        await other.start();
        expect((await follow(other)).stdout).toBe('1234\n');
      });
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const { sandboxId } = sandbox.handle;
        const mine = (await api().containers()).find(({ Labels }) => Labels['exec-agent.sandbox'] === sandboxId);
        await api().kill(mine?.Id ?? '');
        const container = await createContainer(bench, sandbox, { script: 'echo ran' });
        await container.start();
        expect((await follow(container)).stdout).toBe('ran\n');
      });
    });

    test('runs what it can be told only: a command that is too long gets a container of its own', async () => {
      const long = 'x'.repeat(100_000);
      const { stdout } = await run(bench, { command: ['sh', '-c', 'printf %s "$1" | wc -c', 'sh', long] });
      expect(stdout).toBe('100000\n');
    });

    test('never runs a command that its agent had not begun, which then may begin anew', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const container = await createContainer(bench, sandbox, { script: 'echo ran > /workspace/output/ran' });
        const runtime = await bench.restart();
        const found = await runtime.recoverSandbox(sandbox.handle, { fence: 1 });
        const again = await found?.recoverContainer(container.handle);
        if (again === undefined) throw new Error('it was not found again');
        const failure = await failureOf(again.start());
        expect(failure).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', context: { runtimeAway: true } });
        expect(failure.context).not.toHaveProperty('mayHaveRun');
        expect((await failureOf(container.start())).context).toMatchObject({ runtimeAway: true });
        const usage = await found?.usage?.({ bytes: 1000, files: 10, depth: 5 }, never);
        expect(usage).toMatchObject({ files: 0 });
        await runtime.close();
      });
    });

    test('is one execution’s alone, also when several come at once', async () => {
      const outputs = await Promise.all(
        [1, 2, 3].map(
          async (n) =>
            (await run(bench, { script: `echo ${n} > /tmp/mine; cat /tmp/mine; ls /workspace/output` })).stdout,
        ),
      );
      expect(outputs).toEqual(['1\n', '2\n', '3\n']);
    });

    test('is removed when its agent stops', async () => {
      await inSandbox(bench.runtime, {}, async () => undefined);
      expect(await becomesTrue(async () => (await bench.waiting()).length > 0, patienceMs)).toBe(true);
      await bench.runtime.close();
      expect(await bench.waiting()).toEqual([]);
    });
  });
}
