import type { CommandShape } from './describe-commands.ts';
import { quoteForShell as quote } from './quote.ts';

/** The patterns of a `case` for the paths of all subcommands of a command. */
export function subcommandPatterns({ subcommands }: CommandShape): readonly string[] {
  return subcommands.map(({ path }) => quote(path));
}

/**
 * A line of a `case` on "path option" for each option that takes a value.
 * @param offer the shell commands that offer the choices, which may be none
 */
export function valueCases(
  { path, options }: CommandShape,
  offer: (choices: readonly string[]) => string,
): readonly string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => quote(`${path} ${flag}`)).join(' | ');
      return `    ${patterns}) ${offer(choices)} ;;`;
    });
}
