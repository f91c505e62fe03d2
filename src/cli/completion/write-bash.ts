import type { CommandShape } from './describe-commands.ts';
import { quoteForShell as quote } from './quote.ts';
import { subcommandPatterns, valueCases } from './shell-cases.ts';

/** A completion script for bash. Where it offers nothing, bash offers files. */
export function writeBash(name: string, commands: readonly CommandShape[]): string {
  const identifier = `_${name.replaceAll('-', '_')}`;
  return `# Completion of ${name} for bash.
${identifier}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at=/ index words=
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -- ]] && return
    case "\${at%/}/\${COMP_WORDS[index]}" in
      ${commands.flatMap(subcommandPatterns).join(' | ')}) at=\${at%/}/\${COMP_WORDS[index]} ;;
    esac
  done
  case "$at $previous" in
${commands.flatMap((command) => valueCases(command, offerValues)).join('\n')}
  esac
  case "$at" in
${commands.map(wordCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${identifier} ${name}
`;
}

function offerValues(choices: readonly string[]): string {
  const reply = `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); `;
  return `${choices.length === 0 ? '' : reply}return`;
}

function wordCase({ path, options, subcommands, choices }: CommandShape): string {
  const flags = quote(options.flatMap((option) => option.flags).join(' '));
  const names = quote([...subcommands.map(({ name }) => name), ...choices].join(' '));
  return `    ${quote(path)}) if [[ $current == -* ]]; then words=${flags}; else words=${names}; fi ;;`;
}
