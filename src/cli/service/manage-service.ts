import { rmdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { readIfThere } from '../../support/files/read-if-there.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { checkProgramFiles } from './check-program-files.ts';
import { endLeftovers } from './end-leftovers.ts';
import { unitMark } from './make-unit.ts';
import { environmentText, listEntries, placesBelow, serviceName } from './service-files.ts';
import { createUserCommand, listOwnUsers, removeUserCommand, userExists } from './service-user.ts';
import { execute, remove, write } from './service-work.ts';

export interface ServiceFlags {
  readonly root: string;
  readonly dryRun?: boolean;
}

export interface InstallFlags extends ServiceFlags {
  /** Absent: as the unit that is there, or root. */
  readonly user?: string;
  /** False with --no-start. */
  readonly start: boolean;
}

export interface UninstallFlags extends ServiceFlags {
  readonly purge?: boolean;
}

const userPattern = /^[a-z_][a-z0-9_-]{0,31}$/;

/** `exec-agent service install`. @param program the path of this program */
export async function installService(program: string, { stdout }: Terminal, flags: InstallFlags): Promise<number> {
  const { root, dryRun = false } = checked(flags);
  if (flags.user !== undefined && !userPattern.test(flags.user))
    throw new ExecError(
      'INVALID_REQUEST',
      `--user ${flags.user} cannot name a user. Use up to 32 of a-z, 0-9, "_" and "-".`,
    );
  if (program.includes('/_npx/'))
    throw new ExecError(
      'INVALID_REQUEST',
      'npx keeps this copy of the program only for a while. Install it first, with "npm install --global".',
    );
  const wantedUser = flags.user ?? /^User=(.*)$/m.exec((await readOwnUnit(root)) ?? '')?.[1] ?? 'root';
  const user = wantedUser === 'root' ? undefined : wantedUser;
  const files = [process.execPath, program];
  // Below another root they name files of the system that will run there.
  const command = root === '/' ? await checkProgramFiles(files, user) : files;
  const work = { root, dryRun, stdout };
  if (user !== undefined && !(await userExists(user, root))) await execute(createUserCommand(user), work);
  for (const entry of listEntries({ root, command, user })) await write(entry, work);
  await execute(['systemctl', 'daemon-reload'], work);
  if (flags.start) {
    await execute(['systemctl', 'enable', serviceName], work);
    // An agent that runs already would otherwise go on with the unit and the program of before.
    await execute(['systemctl', 'restart', serviceName], work);
  }
  if (!dryRun)
    stdout.line(`Installed. Settings: ${placesBelow(root).environmentFile}; log: journalctl -u ${serviceName}`);
  return exitCodes.ok;
}

/** `exec-agent service uninstall`: containers that run go on, as after every stop of an agent, except with --purge. */
export async function uninstallService({ stdout }: Terminal, flags: UninstallFlags): Promise<number> {
  const { root, dryRun = false } = checked(flags);
  const { unit, wanted, configDir, environmentFile, dataDir } = placesBelow(root);
  const text = await readOwnUnit(root);
  if (text === undefined && flags.purge !== true)
    throw new ExecError('INPUT_NOT_FOUND', `The service is not installed: ${unit} does not exist.`);
  const work = { root, dryRun, stdout };
  if (text !== undefined) await execute(['systemctl', 'disable', '--now', serviceName], work);
  if (flags.purge === true) {
    await endLeftovers(work);
    await remove(dataDir, work);
    for (const user of await listOwnUsers(root)) await execute(removeUserCommand(user), work);
  }
  if (text !== undefined) {
    for (const path of [wanted, unit]) await remove(path, work);
    await execute(['systemctl', 'daemon-reload'], work);
  }
  const settings = await readIfThere(environmentFile);
  if (settings !== undefined && (flags.purge === true || settings === environmentText))
    await remove(environmentFile, work);
  if (!dryRun) await rmdir(configDir).catch(ignoreFull);
  if (flags.purge !== true) stdout.line(`Kept: ${dataDir}, and settings that were changed. --purge removes them too.`);
  return exitCodes.ok;
}

/** `exec-agent service status`: exit code 0 if it runs. */
export async function showServiceStatus({ stdout }: Terminal, flags: ServiceFlags): Promise<number> {
  const { root } = checked(flags);
  const { unit } = placesBelow(root);
  if ((await readOwnUnit(root)) === undefined) {
    stdout.line(`not installed: ${unit} does not exist. Install it with "exec-agent service install".`);
    return exitCodes.failed;
  }
  if (root !== '/') {
    stdout.line(`installed: ${unit}`);
    return exitCodes.ok;
  }
  const { stdout: shown } = await runCommand(['systemctl', 'show', '-p', 'ActiveState,UnitFileState', serviceName], {});
  const [, active = 'unknown'] = /^ActiveState=(.+)$/m.exec(shown) ?? [];
  const [, enabled = 'unknown'] = /^UnitFileState=(.+)$/m.exec(shown) ?? [];
  stdout.line(`${active}, ${enabled}: ${unit}. Log: journalctl -u ${serviceName}`);
  return active === 'active' ? exitCodes.ok : exitCodes.failed;
}

function checked<T extends ServiceFlags>(flags: T): T {
  if (!isAbsolute(flags.root))
    throw new ExecError('INVALID_REQUEST', `--root ${flags.root} has to be an absolute path.`);
  return flags;
}

/** @returns the unit, or undefined if there is none. @throws if it is one that no installation wrote */
async function readOwnUnit(root: string): Promise<string | undefined> {
  const { unit } = placesBelow(root);
  const text = await readIfThere(unit);
  if (text !== undefined && !text.startsWith(unitMark))
    throw new ExecError(
      'INVALID_REQUEST',
      `${unit} was not written by "exec-agent service install". Move it away, or manage the service with systemctl.`,
    );
  return text;
}

function ignoreFull(error: unknown): void {
  if (!['ENOTEMPTY', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error;
}
