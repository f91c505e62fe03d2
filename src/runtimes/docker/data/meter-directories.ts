import { constants } from 'node:fs';
import { canAccess } from '../../../support/files/can-access.ts';
import { createUsageMeter, type MeasureUsage } from '../../../workspace/tree/measure-usage.ts';

/** Measures directories that the engine named; undefined unless all of them are on this machine, for us to read. */
export async function meterDirectories(directories: readonly string[]): Promise<MeasureUsage | undefined> {
  const seen = await Promise.all(directories.map(isSeen));
  return seen.every(Boolean) ? createUsageMeter(directories) : undefined;
}

/** The engine's names for them are unique, so no other directory is taken for one of another machine's. */
function isSeen(directory: string): Promise<boolean> {
  return canAccess(directory, constants.R_OK | constants.X_OK);
}
