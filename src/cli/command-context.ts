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

/** Below the help of a command that ends as a container did. */
export const exitCodeHelp = `
Exit code (of run, submit and wait):
  the command's own exit code, if it ran to its end (only the error_code of the response, see --json, separates it from those below)
  1    the command succeeded, but an expected file is missing or a result is invalid; or no agent can be reached
  2    the command line, the request or a setting is invalid
  3    refused: by a policy, for lack of a token, or because the queue is full
  124  the container ran longer than its timeout, or --timeout of a wait has passed
  125  the container could not run (image, runtime, no such command), or how it ended is unknown (AGENT_LOST)
  130  the execution was canceled, or Ctrl-C ended this command
  137  the command was killed, for example at its memory limit (OUT_OF_MEMORY)`;
