import type { Command } from 'commander';
import type { Terminal } from './terminal/terminal.ts';

/** What a command is made with. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** What the program ends with once the command is done. */
  readonly exitWith: (code: number) => void;
}

export type AddCommand = (program: Command, context: CommandContext) => void;

/** Turns `Examples:` lines into the block that stands below a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
