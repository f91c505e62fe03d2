import { readIfThere, readOnceWritten } from '../../../support/files/read-if-there.ts';
import { isRunning, type ProcessIdentity, parseProcessStat } from '../../../support/processes/process-identity.ts';
import type { ContainerFiles } from '../container/container-files.ts';

/** What the files of a container tell about its launcher. */
export type LauncherState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly code: number }
  /** It went without a word: killed, or the machine was restarted. */
  | { readonly kind: 'vanished' };

export async function readLauncherState(files: ContainerFiles): Promise<LauncherState> {
  const code = await readExitCode(files);
  if (code !== undefined) return { kind: 'ended', code };
  const line = await readOnceWritten(files.launcher);
  if (line === undefined) return { kind: 'never' };
  const launcher = parseProcessStat(line);
  if (launcher !== undefined && isRunning(launcher)) return { kind: 'running' };
  // It may have ended between the two looks.
  const last = await readExitCode(files);
  return last === undefined ? { kind: 'vanished' } : { kind: 'ended', code: last };
}

/** The process that launched the container, whether it still runs or not. */
export async function readLauncher(files: ContainerFiles): Promise<ProcessIdentity | undefined> {
  return parseProcessStat((await readOnceWritten(files.launcher)) ?? '');
}

/** Whether the container itself ran, as opposed to a launcher that could not bring it up. */
export async function hasRun({ pid }: ContainerFiles): Promise<boolean> {
  return (await readIfThere(pid)) !== undefined;
}

async function readExitCode({ exit }: ContainerFiles): Promise<number | undefined> {
  const text = await readIfThere(exit);
  return text?.endsWith('\n') ? Number(text) : undefined;
}
