import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { architectureOfNode, readProgram } from '../../runtimes/freestanding/read-program.ts';
import type { HoldOrder } from '../../wire/pod/pod.ts';

/** The smallest order for hold; tests add what they are about. */
export const plainOrder: HoldOrder = {
  ownNetwork: false,
  filter: false,
  noNewPrivileges: true,
  hidden: [],
  directory: '/',
  limits: [],
  command: ['true'],
  variables: ['PATH=/usr/bin:/bin'],
};

/** Puts the program into a directory, which any user may then enter. @returns its path */
export async function placeHold(directory: string): Promise<string> {
  const program = join(directory, 'hold');
  await chmod(directory, 0o755);
  const code = await readProgram('keeper/hold/program/hold', architectureOfNode[process.arch] ?? 'amd64');
  await writeFile(program, code, { mode: 0o755 });
  return program;
}
