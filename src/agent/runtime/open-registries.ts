import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRegistryAccess, type RegistryAccess } from '../../runtimes/registries/registry-access.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { AgentContext } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';

/**
 * Opens access to the image registries, for every runtime.
 * @throws ExecError INVALID_REQUEST when the registries file is unusable
 */
export async function openRegistries(
  { registriesFile, dockerConfig }: Pick<Config, 'registriesFile' | 'dockerConfig'>,
  { searchPath = '', environment = process.env }: Pick<AgentContext, 'searchPath' | 'environment'>,
): Promise<RegistryAccess> {
  return createRegistryAccess({
    settings: registriesFile === undefined ? {} : await readSettings(resolve(registriesFile)),
    dockerConfigDir: dockerConfig ?? join(homedir(), '.docker'),
    searchPath,
    environment,
  });
}

async function readSettings(file: string) {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ExecError('INVALID_REQUEST', `EXEC_REGISTRIES_FILE names ${file}: ${messageOf(error)}.`);
  });
  const { parseRegistrySettings } = await import('../../runtimes/registries/registry-settings.ts');
  return parseRegistrySettings(text, file);
}
