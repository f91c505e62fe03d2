import { readFile } from 'node:fs/promises';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { isAlone, type TestRun } from '../parts/run/test-run.ts';

// The kubelet would set these for the whole host.
const settings = ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'net/ipv4/ip_forward'];
const directories = [
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/etc/cni',
  '/var/log/pods',
  '/var/log/containers',
  '/run/netns',
];

/** What a cluster could leave on the host, one line each: interfaces, routes, firewall rules, settings, directories. */
export async function findHostTraces(): Promise<readonly string[]> {
  const lines = async (name: string, ...command: readonly [string, ...string[]]) => {
    const [program, ...args] = command;
    const text = await runCommand(program, ...args).catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${name}: ${line.trim()}`);
  };
  return [
    ...(await lines('interface', 'ip', '-o', 'link', 'show', 'type', 'veth')),
    ...(await lines('route', 'ip', '-4', 'route', 'show')),
    ...(await lines('namespace', 'ip', 'netns', 'list')),
    ...(await lines('firewall', 'iptables-save')).filter((line) => !line.includes('#') && !line.includes(': :')),
    ...(await Promise.all(
      settings.map(async (name) => `setting: ${name} ${(await readFile(`/proc/sys/${name}`, 'utf8')).trim()}`),
    )),
    ...(await lines('directory', 'ls', '-d', ...directories)),
  ];
}

/** The kernel takes an interface away a while after its namespace. */
const defaultSettleMs = 5_000;

/** Those that were not there before: all where no other run can have made them, else those that name this run. */
export async function findNewTraces(
  run: TestRun,
  before: readonly string[],
  settleMs = defaultSettleMs,
): Promise<readonly string[]> {
  const find = async () => {
    const added = (await findHostTraces()).filter((trace) => !before.includes(trace));
    return isAlone(run) ? added : added.filter((trace) => trace.includes(`${run.directory}/`));
  };
  await becomesTrue(async () => (await find()).length === 0, settleMs);
  return find();
}
