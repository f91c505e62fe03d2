import type { CommandShape, OptionShape } from './describe-commands.ts';
import { quoteForShell as quote } from './quote.ts';
import { subcommandPatterns, valueCases } from './shell-cases.ts';

/** A completion script for zsh: to be loaded with `source`, or as `_NAME` in a directory of \`fpath\`. */
export function writeZsh(name: string, commands: readonly CommandShape[]): string {
  return `#compdef ${name}
# Completion of ${name} for zsh.
_${name}() {
  local at=/ previous=\${words[CURRENT-1]} index
  local -a entries
  for ((index = 2; index < CURRENT; index++)); do
    if [[ \${words[index]} == -- ]]; then _files; return; fi
    case "\${at%/}/\${words[index]}" in
      ${commands.flatMap(subcommandPatterns).join(' | ')}) at=\${at%/}/\${words[index]} ;;
    esac
  done
  case "$at $previous" in
${commands.flatMap((command) => valueCases(command, offerValues)).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$at" in
${commands.map(optionCase).join('\n')}
    esac
    _describe -o option entries
    return
  fi
  case "$at" in
${commands.map(commandCase).join('\n')}
  esac
  if ((\${#entries} == 0)); then _files; else _describe command entries; fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function offerValues(choices: readonly string[]): string {
  return `${choices.length === 0 ? '_files' : `compadd -- ${choices.map(quote).join(' ')}`}; return`;
}

function optionCase({ path, options }: CommandShape): string {
  return `      ${quote(path)}) entries=(${options.flatMap(optionEntries).join(' ')}) ;;`;
}

function optionEntries({ flags, summary }: OptionShape): readonly string[] {
  return flags.map((flag) => entry(flag, summary));
}

function commandCase({ path, subcommands, choices }: CommandShape): string {
  const entries = [...subcommands.map(({ name, summary }) => entry(name, summary)), ...choices.map(quote)];
  return `    ${quote(path)}) entries=(${entries.join(' ')}) ;;`;
}

/** Up to the first colon it is the word, from there on what is shown beside it. */
function entry(word: string, summary: string): string {
  return quote(`${word}:${summary}`);
}
