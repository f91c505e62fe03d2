import type { Command, Help, Option } from 'commander';

/** A command as completion scripts know it. */
export interface CommandShape {
  /** `/` for the program itself, else like `/token/create`. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionShape[];
  readonly subcommands: readonly CommandShape[];
  /** What its first argument can be; empty: anything, such as a file. */
  readonly choices: readonly string[];
}

export interface OptionShape {
  /** Such as `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** Empty: any value, such as a file. */
  readonly choices: readonly string[];
}

/** All commands of a program that its help shows, the program itself first. */
export function describeCommands(program: Command): readonly CommandShape[] {
  return listAll(describe(program, '', program.createHelp()));
}

function describe(command: Command, path: string, help: Help): CommandShape {
  const subcommands = help
    .visibleCommands(command)
    .map((subcommand) => describe(subcommand, `${path}/${subcommand.name()}`, help));
  return {
    path: path === '' ? '/' : path,
    name: command.name(),
    summary: firstLine(help.subcommandDescription(command)),
    options: help.visibleOptions(command).map(describeOption),
    subcommands,
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function describeOption({ short, long, description, required, optional, argChoices }: Option): OptionShape {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    summary: firstLine(description),
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}

function listAll(command: CommandShape): readonly CommandShape[] {
  return [command, ...command.subcommands.flatMap(listAll)];
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
