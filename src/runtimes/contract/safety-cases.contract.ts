import { expect } from 'vitest';
import { type Check, run } from './bench.contract.ts';

// CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID.
const standardCapabilities = '00000000000000eb';
const noCapabilities = '0000000000000000';

export function safetyCases(check: Check): void {
  check('root inside has the standard capabilities and can never gain more', async (bench) => {
    const status = await statusOf(bench, {});
    expect(status).toMatchObject({
      CapEff: standardCapabilities,
      CapPrm: standardCapabilities,
      CapBnd: standardCapabilities,
      CapInh: noCapabilities,
      NoNewPrivs: '1',
    });
  });

  check('a user that is not root has no capabilities', async (bench) => {
    expect(await statusOf(bench, { user: '1234:5678' })).toMatchObject({
      CapEff: noCapabilities,
      CapPrm: noCapabilities,
      NoNewPrivs: '1',
    });
  });

  check('system calls are filtered', async (bench) => {
    expect(await statusOf(bench, {})).toMatchObject({ Seccomp: '2' });
  });

  check('there is no network interface but the loopback', async (bench) => {
    const { stdout } = await run(bench, { script: "tail -n +3 /proc/net/dev | sed 's/:.*//; s/ //g'" });
    expect(stdout).toBe('lo\n');
  });

  check('processes are limited', async (bench) => {
    const { stdout, stderr } = await run(bench, {
      box: { resources: { pids: 32 } },
      script: '(for i in $(seq 100); do sleep 5 & done); ls /proc | grep -c "^[0-9]"',
    });
    expect(stderr).toMatch(/can't fork|Resource temporarily unavailable/);
    expect(stdout).toBe('');
  });

  check('a processor share is a share', async (bench) => {
    const { stdout } = await run(bench, {
      box: { resources: { cpus: 0.5 } },
      script:
        'cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us',
    });
    const [quota, period] = stdout.trim().split(/\s+/).map(Number);
    expect((quota ?? Number.NaN) / (period ?? Number.NaN)).toBe(0.5);
  });

  check('open files are bounded and no core is dumped', async (bench) => {
    const { stdout } = await run(bench, { script: 'ulimit -Hn; ulimit -Sn; ulimit -Hc' });
    const [hard, soft, core] = stdout.trim().split('\n').map(Number);
    expect(hard).toBeLessThanOrEqual(65_536);
    expect(soft).toBeGreaterThanOrEqual(1024);
    expect(core).toBe(0);
  });

  check("the host's processes are out of sight and the kernel's switches cannot be turned", async (bench) => {
    const { stdout, stderr } = await run(bench, {
      script: 'ls /proc | grep -c "^[0-9]"; echo 1 > /proc/sys/kernel/panic; hostname x; mount -t tmpfs x /mnt',
    });
    expect(Number(stdout.trim())).toBeLessThan(8);
    expect(stderr.match(/Read-only file system|Operation not permitted|[Pp]ermission denied/g)?.length).toBe(3);
  });

  check("the engine's socket and the devices of the host are not there", async (bench) => {
    const { stdout } = await run(bench, {
      script:
        'ls /var/run/docker.sock /run/docker.sock /dev/kmsg /dev/mem /dev/fuse /dev/kvm 2>/dev/null; find /dev -type b',
    });
    expect(stdout).toBe('');
  });
}

async function statusOf(
  bench: Parameters<Parameters<Check>[1]>[0],
  options: { readonly user?: string },
): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await run(bench, { command: ['cat', '/proc/self/status'], ...options });
  return Object.fromEntries(stdout.split('\n').map((line) => line.split(':').map((part) => part.trim())));
}
