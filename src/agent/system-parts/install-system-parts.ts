import { ExecError, messageOf } from '../../support/exec-error.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import type { SystemPart } from './system-parts.ts';

export interface InstallOptions {
  /** Gets a line for each part as it comes. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether apt-get can be used here; looked up when absent. */
  readonly packageManager?: PackageManager;
}

/** The two commands of apt-get that are needed. Each resolves, or rejects with what it printed. */
export interface PackageManager {
  refresh(signal: AbortSignal): Promise<void>;
  install(packageName: string, signal: AbortSignal): Promise<void>;
}

/**
 * Installs the parts one after another with apt-get, without recommended packages and without questions. A part that
 * cannot be had does not keep the others away.
 * @throws ExecError RUNTIME_UNAVAILABLE for what could not be installed (not Debian or Ubuntu, not root, no such
 *   package); the message says what to install.
 */
export async function installSystemParts(parts: readonly SystemPart[], options: InstallOptions): Promise<void> {
  if (parts.length === 0) return;
  const { onLine, signal } = options;
  const packages = options.packageManager ?? (await findPackageManager(parts));
  // Stale lists may still do; if they do not, installing says so.
  await packages.refresh(signal).catch((error) => onLine(`Package lists could not be refreshed: ${messageOf(error)}`));
  const failed = new Map<SystemPart, unknown>();
  for (const part of parts) {
    onLine(`Installing ${part.debianPackage}: ${part.purpose}`);
    await packages.install(part.debianPackage, signal).catch((error) => failed.set(part, error));
    signal.throwIfAborted();
  }
  if (failed.size === 0) return;
  const reasons = [...failed.values()].map(messageOf).join(' ');
  throw unavailable([...failed.keys()], `apt-get could not install it: ${reasons}`);
}

async function findPackageManager(parts: readonly SystemPart[]): Promise<PackageManager> {
  const aptGet = await findProgram('apt-get', '');
  if (aptGet === undefined) throw unavailable(parts, 'this is neither Debian nor Ubuntu');
  if (process.getuid?.() !== 0) throw unavailable(parts, 'only root can install it here');
  return {
    refresh: (signal) => runApt(aptGet, ['update'], signal),
    install: (name, signal) => runApt(aptGet, ['install', '-y', '--no-install-recommends', name], signal),
  };
}

// Another apt-get may be at work; waiting for it beats failing.
const waitForOthers = ['-o', 'DPkg::Lock::Timeout=300'];

async function runApt(aptGet: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const command = ['/usr/bin/env', 'DEBIAN_FRONTEND=noninteractive', aptGet, ...waitForOthers, '-q', ...args];
  const { code, stderr } = await runCommand(command, { signal });
  if (code === 0) return;
  const errors = stderr.split('\n').flatMap((line) => (line.startsWith('E: ') ? [line.slice(3)] : []));
  throw new Error(errors.join(' ') || `apt-get ${args[0]} ended with code ${code}`);
}

function unavailable(parts: readonly SystemPart[], why: string): ExecError {
  const packages = parts.map((part) => part.debianPackage).join(' ');
  const list = parts.map((part) => `${part.name} (${part.elsewhere})`).join('; ');
  const message =
    `Missing on this machine: ${parts.map((part) => part.name).join(', ')}, and ${why.replace(/\.$/, '')}. ` +
    `On Debian or Ubuntu, as root: apt-get install --no-install-recommends ${packages}. Elsewhere: ${list}.`;
  return new ExecError('RUNTIME_UNAVAILABLE', message, { context: { parts: parts.map((part) => part.name) } });
}
