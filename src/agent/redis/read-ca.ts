import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config-schema.ts';

/** PEM of the authority of a `rediss://` server, where one is set. */
export async function readCa({ redisCaFile }: Pick<Config, 'redisCaFile'>): Promise<string | undefined> {
  return redisCaFile === undefined ? undefined : readFile(redisCaFile, 'utf8');
}
