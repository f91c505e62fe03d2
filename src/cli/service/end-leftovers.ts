import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import { readKernelFile } from '../../support/files/read-kernel-file.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import { delay } from '../../support/time/deadline.ts';
import { serviceName } from './service-files.ts';
import type { Work } from './service-work.ts';

// All processes of the unit is its default; the option that says so is --kill-who before systemd 252.
const command = ['systemctl', 'kill', '--signal=KILL', serviceName];
const polls = 300;
const pollMs = 100;

/** Kills what a stopped service left running, containers and the private Redis. @throws if something does not end */
export async function endLeftovers({ root, dryRun, stdout }: Work): Promise<void> {
  const line = command.join(' ');
  stdout.line(dryRun ? `run ${line}` : root === '/' ? line : `not run below ${root}: ${line}`);
  // Without systemd nothing can run as its service.
  if (dryRun || root !== '/' || (await findProgram('systemctl', process.env.PATH ?? '')) === undefined) return;
  const { stdout: shown } = await runCommand(['systemctl', 'show', '-p', 'ControlGroup', '--value', serviceName], {});
  // It fails where nothing is left.
  await runCommand(command, {});
  await endGroup(join('/sys/fs/cgroup', shown.trim() || `/system.slice/${serviceName}.service`));
}

/** @param group a directory of cgroup v2 whose processes are killed, if it exists */
export async function endGroup(group: string): Promise<void> {
  // Some versions of systemd forget the group of a stopped unit; kernels before 5.14 lack the file.
  if (readKernelFile(join(group, 'cgroup.events')) === undefined) return;
  await writeFile(join(group, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => undefined);
  // Killed processes end a moment later, and a user who has one cannot be removed.
  for (let poll = 0; /^populated 1$/m.test(readKernelFile(join(group, 'cgroup.events')) ?? ''); poll += 1) {
    if (poll === polls)
      throw new ExecError('RUNTIME_UNAVAILABLE', `Processes in ${group} do not end. Nothing was deleted; try again.`);
    await delay(pollMs);
  }
}
