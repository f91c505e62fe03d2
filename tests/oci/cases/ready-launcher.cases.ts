import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseGroupLayout } from '../../../src/runtimes/groups/group-layout.ts';
import { createCgroup } from '../../../src/runtimes/oci/cgroup/cgroup.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { makeImage } from '../make-image.ts';
import { isLauncher, type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, runStep, withSandbox } from '../run-step.ts';

const firstMemory = '/sys/fs/cgroup/memory';
const hasFirst = existsSync(firstMemory);
const memoryGroups = hasFirst ? firstMemory : '/sys/fs/cgroup';
const soonMs = 10_000;

const memoryBytes = String(512 * 1024 ** 2);
// The engine that waits in the same group is one process more.
const firstLimits = {
  'memory/memory.limit_in_bytes': memoryBytes,
  'cpu/cpu.cfs_quota_us': '100000',
  'pids/pids.max': '129',
  'devices/devices.list': ['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:1', '5:2', '136:*']
    .map((device) => `c ${device} rwm`)
    .join('\n'),
};
const unifiedLimits = {
  'memory.max': memoryBytes,
  'memory.swap.max': '0',
  'cpu.max': '100000 100000',
  'pids.max': '128',
};

/** What launchers and crun are spared, and that containers get no less for it. */
export function describeReadyLaunchers(): void {
  describe('a launcher that is ready', () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench({ engines: ['crun'], limits: { pruneGraceMs: 0 } });
    });
    afterAll(() => bench.close());
    const shell = (script: string) => runStep(bench.runtime, bench.images.shell, { command: ['sh', '-c', script] });

    test('and is in an image that was removed and unpacked again meanwhile runs the new one', async () => {
      expect((await shell('echo one')).stdout).toBe('one\n');
      expect(await becomesTrue(() => launcherStandsIn(join(bench.base, 'images')), soonMs)).toBe(true);
      const { images } = bench.runtime;
      await images.prune({ keepBytes: 0 });
      expect(await images.list()).toEqual([]);
      await images.importImage(`docker-archive:${inject('archives').alpine}`, bench.images.shell, never);
      expect((await shell('echo two')).stdout).toBe('two\n');
    });

    test('and expects another image runs the one that is ordered, with the room that is ordered', async () => {
      await makeImage(bench.runtime.images, 'other/image:1', (tree) => writeFile(join(tree, 'other'), 'other'));
      for (let round = 0; round < 2; round++) {
        const { stdout } = await runStep(bench.runtime, 'other/image:1', { command: ['cat', '/other'] });
        expect(stdout).toBe('other');
        expect((await shell('ls /other 2>&1; touch /mine; ls /mine')).stdout).toMatch(/No such file.*\n\/mine\n$/s);
      }
    });

    test('a filter that was compiled before is as strict as one that was not', async () => {
      const script =
        'grep Seccomp: /proc/self/status; unshare -U true 2>&1 || echo refused; chroot / true 2>&1 || echo refused';
      const runc = await bench.open({ engines: ['runc'] });
      const { stdout } = await runStep(runc, bench.images.shell, { command: ['sh', '-c', script] });
      expect(stdout).toMatch(/^Seccomp:\s+2\n.*refused\n.*refused\n$/s);
      for (let round = 0; round < 3; round++) expect((await shell(script)).stdout).toBe(stdout);
      await withSandbox(bench.runtime, async (sandbox) => {
        await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['true'] });
        expect(await readFile(await configIn(bench), 'utf8')).toMatch(/"run\.oci\.seccomp_bpf_data":"[\w+/=]{100,}"/);
      });
    });

    test('a container has its limits in groups of its own', async () => {
      const limits = hasFirst ? firstLimits : unifiedLimits;
      const files = Object.keys(limits).map((file) => `/sys/fs/cgroup/${file}`);
      const { stdout } = await shell(`cat ${files.join(' ')}; sed 's/.*://' /proc/self/cgroup | sort -u`);
      expect(stdout).toBe(`${Object.values(limits).join('\n')}\n/\n`);
    });

    test('a group in which a process stays is said to be busy', async () => {
      const name = `stays.${randomUUID()}`;
      const directory = join(memoryGroups, 'exec-agent', name);
      await mkdir(directory, { recursive: true });
      const stays = spawn('sleep', ['1000']);
      const ended = once(stays, 'exit');
      const cgroup = createCgroup(parseGroupLayout(await readFile('/proc/self/mountinfo', 'utf8')), name);
      try {
        await writeFile(join(directory, 'cgroup.procs'), String(stays.pid));
        await expect(cgroup.remove()).rejects.toMatchObject({
          code: 'INTERNAL',
          message: expect.stringContaining(name),
        });
        expect(cgroup.kill()).toBe(1);
        await ended;
        await cgroup.remove();
        expect(existsSync(directory)).toBe(false);
      } finally {
        stays.kill('SIGKILL');
        await ended;
      }
    });

    test('a container is ended for memory before its engine, and cannot change that', async () => {
      const script =
        'score=/proc/self/oom_score_adj; cat $score; echo -999 > $score 2> /dev/null || echo refused; cat $score';
      const { stdout } = await shell(script);
      expect(stdout).toMatch(/^(\d+)\nrefused\n\1\n$/);
    });

    test('a container whose control group was made for the engine is started by it', async () => {
      await withSandbox(bench.runtime, async (sandbox) => {
        const made = await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['sh', '-c', 'exit 7'] });
        const path = await configIn(bench);
        const config = await readFile(path, 'utf8');
        await writeFile(path, config.replace('"exec-agent.enters":"true"', '"exec-agent.enters":"false"'));
        const again = await (await bench.restart()).recoverSandbox(sandbox.handle, { fence: 1 });
        const container = await again?.recoverContainer(made.handle);
        await container?.start();
        expect(await container?.wait(never)).toMatchObject({ code: 7, reason: 'exited' });
      });
    });
  });
}

async function launcherStandsIn(directory: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!isLauncher(command)) return '';
      return readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    }),
  );
  return places.some((mounts) => mounts.includes(`lowerdir=${directory}`));
}

async function configIn({ base }: OciBench): Promise<string> {
  const files = await readdir(join(base, 'work'), { recursive: true });
  const [config = 'none'] = files.filter((file) => file.endsWith('config.json'));
  return join(base, 'work', config);
}
