import type { Command } from 'commander';
import { describeCommands } from './describe-commands.ts';
import { writeBash } from './write-bash.ts';
import { writeFish } from './write-fish.ts';
import { writeZsh } from './write-zsh.ts';

const writers = { bash: writeBash, zsh: writeZsh, fish: writeFish };

/** The script of a shell that completes the commands and options of a program. */
export function completionScript(shell: keyof typeof writers, program: Command): string {
  return writers[shell](program.name(), describeCommands(program));
}
