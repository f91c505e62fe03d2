import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createContainer,
  failureOf,
  follow,
  inSandbox,
  never,
  run,
  stepSpecOf,
} from '../../../src/runtimes/contract/bench.contract.ts';
import { describeWarm } from '../../../src/runtimes/runtime.contract.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { openOciBench } from '../open-bench.ts';
import { openWarmBench, type WarmBench } from '../open-warm-bench.ts';

const patienceMs = 30_000;

/** Containers that wait for their command. */
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

  describe('a warm container', () => {
    let bench: WarmBench;
    beforeAll(async () => {
      bench = await openWarmBench();
    });
    afterAll(() => bench.close());

    test('warm container: gives its command the same as one that is made for it', async () => {
      const script = `tr '\\0' '\\n' < /proc/self/environ | sort; ls -l /proc/self/fd/ | sed 's/.*[0-9] //'
        grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|Cap|Seccomp|NoNew|Uid|Gid|Groups|PPid)' /proc/$$/status; cat /proc/self/cgroup
        ulimit -a; umask; pwd; find / -xdev 2>/dev/null | sort; find /workspace /tmp | sort; cut -d' ' -f5-6 /proc/self/mountinfo | sort
        cut -d' ' -f4,6,7 /proc/$$/stat; [ "$(cut -d' ' -f5 /proc/$$/stat)" = $$ ] && echo leads its group`;
      const options = { script, env: { HOME: '/tmp', NEW: 'a=b', PATH: '/bin:/usr/bin' } };
      const cold = await openOciBench();
      try {
        const [warm, made] = [await run(bench, options), await run(cold, options)];
        const plain = ({ stdout }: typeof warm) => stdout.replaceAll(/pipe:\[\d+\]/g, '*');
        expect(plain(warm)).toBe(plain(made));
      } finally {
        await cold.close();
      }
    });

    test('warm container: the variables of a command, secrets among them, are in no file', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const spec = await stepSpecOf(bench, { script: 'echo "$TOKEN"; sleep 600' });
        const secrets = [{ name: 'TOKEN', as: 'variable', value: Buffer.from('s3cret-value') }] as const;
        const container = await sandbox.create({ ...spec, secrets });
        expect(container.handle).toMatchObject({ waited: true });
        await container.start();
        const control = join(bench.base, 'work/oci/contract', String(sandbox.handle.executionId), 'control');
        const stdout = join(control, 'containers', String(container.handle.container), 'stdout');
        expect(await becomesTrue(async () => (await readFile(stdout, 'utf8')) === 's3cret-value\n', patienceMs)).toBe(
          true,
        );
        const holding = [];
        for (const path of await readdir(bench.base, { recursive: true, withFileTypes: true })) {
          if (!path.isFile() || path.name === 'stdout') continue;
          const text = await readFile(join(path.parentPath, path.name), 'utf8').catch(() => '');
          if (text.includes('s3cret-value')) holding.push(path.name);
        }
        expect(holding).toEqual([]);
        await container.stop(0);
      });
    });

    test('warm container: is not used for a step that wants something else', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const other = await createContainer(bench, sandbox, { command: ['id', '-u'], user: '1234' });
        expect(other.handle).not.toHaveProperty('waited');
        await other.start();
        expect((await follow(other)).stdout).toBe('1234\n');
      });
    });

    test('warm container: runs what it can be told only, and a long command gets a container of its own', async () => {
      const long = 'x'.repeat(100_000);
      const { stdout } = await run(bench, { command: ['sh', '-c', 'printf %s "$1" | wc -c', 'sh', long] });
      expect(stdout).toBe('100000\n');
    });

    test('warm container: never runs a command that its agent had not begun, which then may begin anew', async () => {
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

    test('warm container: serves one execution alone, also when several come at once', async () => {
      const outputs = await Promise.all(
        [1, 2, 3].map(
          async (n) =>
            (await run(bench, { script: `echo ${n} > /tmp/mine; cat /tmp/mine; ls /workspace/output` })).stdout,
        ),
      );
      expect(outputs).toEqual(['1\n', '2\n', '3\n']);
    });

    test('warm container: is removed when its agent stops, with all that belonged to it', async () => {
      await inSandbox(bench.runtime, {}, async () => undefined);
      expect(await becomesTrue(async () => (await bench.waiting()).length > 0, patienceMs)).toBe(true);
      await bench.runtime.close();
      expect(await bench.waiting()).toEqual([]);
      expect(await warmGroups()).toEqual([]);
    });
  });
}

async function warmGroups(): Promise<readonly string[]> {
  const groups = await readdir('/sys/fs/cgroup/memory/exec-agent').catch(() => []);
  return groups.filter((name) => name.startsWith('warm-'));
}
