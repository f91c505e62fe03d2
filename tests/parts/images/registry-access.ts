import {
  createRegistryAccess,
  type RegistryAccess,
  type RegistryAccessOptions,
} from '../../../src/runtimes/registries/registry-access.ts';

/** Registries of which nothing is known but what a test says. */
export function registryAccess(options: Partial<RegistryAccessOptions> = {}): RegistryAccess {
  return createRegistryAccess({
    settings: {},
    dockerConfigDir: '/nonexistent',
    searchPath: process.env.PATH ?? '',
    environment: process.env,
    ...options,
  });
}
