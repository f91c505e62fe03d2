import { expect, inject, test } from 'vitest';
import { openCluster } from '../cluster/open-cluster.ts';
import { nobody, proofPod } from './proof-pod.ts';
import { runPod, saw } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));

/** Prints a line for each thing that should not work, where it works, and facts about the process. */
const script = `
id -u
grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp_filters' /proc/self/status | tr -d '\\t ' | tr '\\n' ' '; echo
echo "interfaces $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' ')"
echo "sysfs [$(ls /sys/class/net)]"
echo "hidden [$(ls -A /.exec-agent; ls -A /line | tr '\\n' ' ')]"
(nc -l -p 80 -w 2 >/dev/null &) ; sleep 0.3; echo x | nc -w 1 127.0.0.1 80 && echo loopback works
for there in ${cluster.subnet.nodeIp} ${cluster.subnet.hostIp} 10.96.0.1 169.254.169.254; do nc -w 1 $there 443 </dev/null 2>&1 | tail -1; done
unshare -U true 2>/dev/null && echo new user namespace
unshare -n true 2>/dev/null && echo new network namespace
umount /sys/class/net 2>/dev/null && echo unmounted
mount -t tmpfs none /mnt 2>/dev/null && echo mounted
ip link set lo down 2>/dev/null && echo lo down
cat /proc/1/environ >/dev/null 2>&1 && echo reads hold
true
`;

test.each([
  ['the pod’s own user namespace', false],
  ['the node’s user namespace', true],
])('own network: a command has lo alone and no way to more, in %s', async (_, hostUsers) => {
  const pod = proofPod({ name: `own-${hostUsers}`, hostUsers, order: { command: ['sh', '-c', script] } });
  const { stdout, stderr, reports } = await runPod(cluster, pod);
  saw(`\n${stdout}${stderr}`);
  expect(reports).toContainEqual({ step: 'step-0', kind: 'ready', interfaces: ['lo'] });
  expect(stdout.split('\n')).toEqual([
    '65534',
    expect.stringMatching(/CapEff:0{16} CapBnd:0{16} NoNewPrivs:1 .*Seccomp_filters:2/),
    'interfaces lo ',
    'sysfs []',
    'hidden []',
    'loopback works',
    ...Array.from({ length: 4 }, () => expect.stringContaining('Network is unreachable')),
    '',
  ]);
});

test('own network: root with the six capabilities of containers has no way out either', async () => {
  const user = { uid: 0, gid: 0, additionalGids: [], capabilities: [0, 1, 3, 6, 7, 10] };
  const { stdout } = await runPod(
    cluster,
    proofPod({ name: 'own-root', order: { user, command: ['sh', '-c', script] } }),
  );
  saw(`\n${stdout}`);
  expect(stdout).toContain('interfaces lo \n');
  expect(stdout).not.toMatch(/new .* namespace|unmounted|mounted|lo down|reads hold/);
});

test('own network: without CAP_SYS_ADMIN in the container it is refused, and the command does not run', async () => {
  const capabilities = ['SETPCAP', 'SETUID', 'SETGID'];
  const { reports, stdout } = await runPod(
    cluster,
    proofPod({ name: 'own-without', capabilities, order: { command: ['echo', 'ran'] } }),
  );
  saw(JSON.stringify(reports.at(-1)));
  expect(reports.at(-1)).toMatchObject({ kind: 'failed', errno: 1, what: 'make a network namespace' });
  expect(stdout).toBe('');
});

test('own network: without the second filter the command makes user namespaces', async () => {
  const order = { filter: false, user: nobody, command: ['sh', '-c', 'unshare -U true && echo new user namespace'] };
  const { stdout } = await runPod(cluster, proofPod({ name: 'own-unfiltered', order }));
  saw(stdout.trim());
  expect(stdout).toBe('new user namespace\n');
});
