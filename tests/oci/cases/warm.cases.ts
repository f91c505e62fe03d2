import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inSandbox, run, stepSpecOf } from '../../../src/runtimes/contract/bench.contract.ts';
import { readIfThere } from '../../../src/support/files/read-if-there.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { settled } from '../../warm/open-warm-sandboxes.ts';
import { describeWarmContract, testWarmContainers } from '../../warm/warm.cases.ts';
import { memoryOf, openOciBench } from '../open-bench.ts';
import { type OciWarmBench, openWarmBench } from '../open-warm-bench.ts';

const patienceMs = 30_000;

/** Containers that wait for their command. */
export function describeWarmContainers(): void {
  describeWarmContract(openWarmBench);

  describe('a warm container', () => {
    let bench: OciWarmBench;
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
        expect(await becomesTrue(async () => (await readIfThere(stdout)) === 's3cret-value\n', patienceMs)).toBe(true);
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

    test('warm container: is removed when its image is pruned', async () => {
      const { images } = bench.runtime;
      const reference = await bench.images.make({ name: 'warm-pruned' });
      await inSandbox(bench.runtime, { steps: [await stepSpecOf(bench, { reference })] }, async () => undefined);
      expect(await becomesTrue(async () => (await bench.waiting()).length > 0, patienceMs)).toBe(true);
      await images.ensure(bench.images.shell, { pull: 'never', signal: new AbortController().signal });
      const size = (await images.list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const removed = await images.prune({ keepBytes: size - 1 });
      expect(removed.flatMap(({ references }) => references)).toEqual([reference]);
    });

    const secretsKept = () => readdir(join(memoryOf(bench.base), '.warm')).catch(() => []);
    testWarmContainers(
      () => bench,
      settled(async () => [...(await warmGroups(bench.base)), ...(await secretsKept())]),
    );
  });
}

const groupsDirectory = '/sys/fs/cgroup/memory/exec-agent';

/** Except those in which a container of another test run waits. */
async function warmGroups(base: string): Promise<readonly string[]> {
  const names = (await readdir(groupsDirectory).catch(() => [])).filter((name) => name.startsWith('warm-'));
  const groups = names.map(async (name) => ((await isOfAnother(name, base)) ? [] : [name]));
  return (await Promise.all(groups)).flat();
}

/** By the mounts of its processes, which are below the directory of their bench. */
async function isOfAnother(group: string, base: string): Promise<boolean> {
  const processes = await readFile(join(groupsDirectory, group, 'cgroup.procs'), 'utf8').catch(() => '');
  const [first = ''] = processes.split('\n');
  const mounts = first === '' ? '' : await readFile(`/proc/${first}/mountinfo`, 'utf8').catch(() => '');
  return mounts !== '' && !mounts.includes(base);
}
