import type { CommandShape, OptionShape } from './describe-commands.ts';

/** A completion script for fish. Commands without subcommands, and options with any value, take files. */
export function writeFish(name: string, commands: readonly CommandShape[]): string {
  const place = `__${name.replaceAll('-', '_')}_at`;
  const paths = commands.flatMap(({ subcommands }) => subcommands.map(({ path }) => quote(path)));
  return `# Completion of ${name} for fish.
function ${place} -a wanted
    set -l at /
    set -l tokens (commandline -opc)
    for word in $tokens[2..]
        test "$word" = --; and return 1
        set -l next (string replace -r '/$' '' -- $at)/$word
        contains -- $next ${paths.join(' ')}; and set at $next
    end
    test "$at" = "$wanted"
end
${commands.flatMap((command) => linesOf(command, { name, place })).join('\n')}
`;
}

interface Names {
  readonly name: string;
  readonly place: string;
}

function linesOf({ path, options, subcommands, choices }: CommandShape, { name, place }: Names): readonly string[] {
  const begin = `complete -c ${name} -n ${quote(`${place} ${path}`)}`;
  return [
    ...subcommands.map((command) => `${begin} -f -a ${quote(command.name)} -d ${quote(command.summary)}`),
    ...choices.map((choice) => `${begin} -f -a ${quote(choice)}`),
    ...options.map((option) => `${begin} ${optionWords(option)}`),
  ];
}

function optionWords({ flags, summary, takesValue, choices }: OptionShape): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = choices.length > 0 ? ['-x', '-a', quote(choices.join(' '))] : takesValue ? ['-r'] : [];
  return [...names, ...value, '-d', quote(summary)].join(' ');
}

/** In fish, only these two characters are special between single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
