import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { waiterPrograms } from '../docker/warm/waiter/waiter-program.ts';
import { launcherPrograms } from '../oci/launcher/launcher-program.ts';
import { machines, staticExecutable } from './static-executable.ts';

const execute = promisify(execFile);
const directory = join(import.meta.dirname, '..');
const compiler = 'gcc (Debian 12.2.0';

/** Why the bytes cannot be made here, as part of a test's name. */
function whyNot(prefix: string): string {
  const { stdout } = spawnSync(`${prefix}gcc`, ['--version'], { encoding: 'utf8' });
  const found = (stdout ?? '').replace(`${prefix}gcc-12`, 'gcc').replace(`${prefix}gcc`, 'gcc');
  return found.startsWith(compiler) ? '' : ` (skipped: ${prefix}gcc 12.2.0 of Debian is not here)`;
}

describe.each([
  ['the waiter', 'docker/warm/waiter/waiter.c', waiterPrograms, 'amd64'],
  ['the launcher', 'oci/launcher/launcher.c', launcherPrograms, 'x64'],
] as const)('the bytes of %s', (_, source, programs, amd64) => {
  describe.each([
    ['amd64', '', amd64, machines.amd64],
    ['arm64', 'aarch64-linux-gnu-', 'arm64', machines.arm64],
  ] as const)('for %s', (_, prefix, name, machine) => {
    const reason = whyNot(prefix);
    test.skipIf(reason !== '')(`are those of its source${reason}`, async () => {
      const { stdout } = await execute(join(directory, 'freestanding/build.sh'), [join(directory, source), prefix]);
      expect(programs.get(name)).toEqual(staticExecutable(machine, Buffer.from(stdout, 'base64')));
    });
  });
});
