import { join, resolve } from 'node:path';
import { claimDirectory } from '../../support/directories/claim-directory.ts';
import type { Config } from '../config/config-schema.ts';

/** Where workspaces are made. */
export function workDirOf({ workDir, dataDir }: Pick<Config, 'workDir' | 'dataDir'>): string {
  return resolve(workDir ?? join(dataDir, 'work'));
}

/**
 * Makes the directories in which the agent keeps what it relies on, or checks that nobody else can write to them.
 * @throws ExecError RUNTIME_UNAVAILABLE naming the setting and the fix
 */
export async function claimPlaces(config: Pick<Config, 'workDir' | 'dataDir'>): Promise<void> {
  await claimDirectory({ path: resolve(config.dataDir), setting: 'EXEC_DATA_DIR' });
  await claimDirectory({
    path: workDirOf(config),
    setting: config.workDir === undefined ? 'EXEC_DATA_DIR' : 'EXEC_WORK_DIR',
  });
}
