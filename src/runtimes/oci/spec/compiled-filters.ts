import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../support/exec-error.ts';
import type { SeccompFilter } from './seccomp-profile.ts';

/**
 * Filters as crun has compiled them: given one, it need not do so again, which takes it 3 ms of CPU time. A crun that does
 * not know the annotation compiles the rules, which stay where they are.
 */
export interface CompiledFilters {
  annotationsFor(filter: SeccompFilter): Readonly<Record<string, string>>;
  /** Takes over what crun compiled for a container that has just begun. One that has ended already teaches nothing. */
  learn(filter: SeccompFilter, containerId: string): Promise<void>;
}

/** @see https://github.com/containers/crun/blob/main/crun.1.md#runociseccomp_bpf_data */
const annotation = 'run.oci.seccomp_bpf_data';
const compiledFile = 'seccomp.bpf';
const instructionBytes = 8;

/** @param engineRoot where crun keeps its own state; nobody but root writes there */
export function createCompiledFilters(engineRoot: string): CompiledFilters {
  const compiled = new Map<SeccompFilter, string>();
  return {
    annotationsFor(filter) {
      const program = compiled.get(filter);
      return program === undefined ? {} : { [annotation]: program };
    },
    async learn(filter, containerId) {
      if (compiled.has(filter)) return;
      try {
        const program = await readFile(join(engineRoot, containerId, compiledFile));
        if (program.length > 0 && program.length % instructionBytes === 0)
          compiled.set(filter, program.toString('base64'));
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    },
  };
}
