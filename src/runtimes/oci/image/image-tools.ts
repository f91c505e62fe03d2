import { homedir } from 'node:os';
import { ExecError } from '../../../support/exec-error.ts';
import type { RegistryAccess } from '../../registries/registry-access.ts';
import { locateProgram, programPath } from '../engine/find-programs.ts';
import type { OciOptions } from '../oci-options.ts';

/** What bringing images takes. */
export interface ImageTools {
  readonly environment: Readonly<Record<string, string>>;
  readonly dockerHost: string | undefined;
  readonly registries: RegistryAccess;
  /** @throws ExecError RUNTIME_UNAVAILABLE naming the Debian package */
  find(program: 'skopeo' | 'umoci'): Promise<string>;
}

export function imageTools({ environment, searchPath, dockerHost, registries, commands = {} }: OciOptions): ImageTools {
  return {
    environment: environment ?? { PATH: programPath(searchPath), HOME: homedir() },
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
