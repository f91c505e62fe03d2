import { homedir } from 'node:os';
import { ExecError } from '../../../support/exec-error.ts';
import { findNetworkTools, type NetworkTools } from '../../network/network-tools.ts';
import { once } from '../../once.ts';
import type { RegistryAccess } from '../../registries/registry-access.ts';
import { locateProgram, programPath } from '../engine/find-programs.ts';
import type { OciOptions } from '../oci-options.ts';

/** What bringing images takes. */
export interface ImageTools {
  readonly environment: Readonly<Record<string, string>>;
  readonly dockerHost: string | undefined;
  readonly registries: RegistryAccess;
  /** Absent: the agent's environment names a proxy, and all connections are made there. */
  readonly network: (() => Promise<NetworkTools>) | undefined;
  /** @throws ExecError RUNTIME_UNAVAILABLE naming the Debian package */
  find(program: 'skopeo' | 'umoci'): Promise<string>;
}

export function imageTools({ environment, searchPath, dockerHost, registries, commands = {} }: OciOptions): ImageTools {
  const own = environment ?? { PATH: programPath(searchPath), HOME: homedir() };
  const hasProxy = Object.keys(own).some((name) => /^(?:https?|all)_proxy$/i.test(name));
  return {
    environment: own,
    network: hasProxy ? undefined : once(() => findNetworkTools(searchPath)),
    dockerHost,
    registries,
    async find(program) {
      const path = await locateProgram(commands[program] ?? program, searchPath);
      if (path !== undefined) return path;
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `${commands[program] ?? program} is not installed, and without it no image can be brought here. Install the package ${program}: apt-get install ${program}.`,
      );
    },
  };
}
