import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/run-program.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { runCli } from './helpers/run-cli.ts';
import { createTestTerminal } from './helpers/test-terminal.ts';
import { useCli } from './helpers/use-cli.ts';

const cli = useCli();

/** Prints a line with what the shell offers for each command line, whose words are separated by tabs. */
const drivers: Readonly<Record<string, string>> = {
  bash: `source "$1"
while IFS= read -r line; do
  mapfile -d $'\\t' -t COMP_WORDS <<<"$line"
  COMP_WORDS[-1]=\${COMP_WORDS[-1]%$'\\n'}
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _exec_agent
  echo "\${COMPREPLY[*]}"
done`,
  // Its own functions for candidates work only while a person types.
  zsh: `compdef() { }
source "$1"
_files() { }
compadd() { shift; print -rn -- "$* " }
_describe() { [[ $1 == -o ]] && shift; local -a shown=("\${(@P)2}"); print -rn -- "\${shown[@]%%:*} " }
while IFS= read -r line; do
  words=("\${(@ps:\\t:)line}")
  CURRENT=\${#words}
  _exec-agent
  print
done`,
  fish: `source $argv[1]
while read -l line
    echo (complete -C (string replace -a \\t ' ' -- $line) | string replace -r '\\t.*' '')
end`,
};

/** @param lines the words of each command line without the program; the last one is being completed */
async function complete(shell: string, lines: readonly (readonly string[])[]): Promise<readonly string[][]> {
  const { code, stdout: script } = await runCli(['completion', shell], cli.options);
  expect(code).toBe(0);
  const [file, driver, input] = ['completion', 'driver', 'lines'].map((name) => join(cli.cwd, `${name}.${shell}`));
  if (file === undefined || driver === undefined || input === undefined) throw new Error('three files have names');
  await writeFile(file, script);
  await writeFile(driver, drivers[shell] ?? '');
  await writeFile(input, lines.map((words) => `${['exec-agent', ...words].join('\t')}\n`).join(''));
  const printed = await runCommand('sh', '-c', `exec ${shell} "$1" "$2" < "$3"`, 'sh', driver, file, input);
  const offered = printed.trimEnd().split('\n');
  return lines.map((words, index) =>
    (offered[index] ?? '')
      .split(' ')
      .filter((word) => word !== '' && word.startsWith(words.at(-1) ?? ''))
      .toSorted(),
  );
}

const cases: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['to'], ['token']],
  [['token', 'cr'], ['create']],
  [['token', 'create', '--sc'], ['--scope']],
  [
    ['token', 'create', '--scope', ''],
    ['admin', 'operate', 'read', 'submit'],
  ],
  [['ps', '--all', '--state', 'r'], ['running']],
  [['run', '--mem'], ['--memory']],
  [['run', '--netw'], []],
  [['run', 'alpine', '--', '--mem'], []],
  [['submit', 'run', '--ti'], ['--timeout']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
];

const noMapfile =
  spawnSync('bash', ['-c', `mapfile -d '' -t words </dev/null`]).status === 0 ? '' : ' (skipped: no bash 4.4 or newer)';
const shells = await Promise.all(
  Object.keys(drivers).map(
    async (shell) => [shell, shell === 'bash' ? noMapfile : await missingPrograms(shell)] as const,
  ),
);

describe.each(shells)('completion in %s', (shell, missing) => {
  test.skipIf(missing !== '')(`offers commands, options and values${missing}`, async () => {
    const offered = await complete(
      shell,
      cases.map(([words]) => words),
    );
    for (const [index, [words, expected]] of cases.entries()) expect(offered[index], words.join(' ')).toEqual(expected);
  });
});

test.skipIf(noMapfile !== '')(
  `completion: knows every command and option that the help shows${noMapfile}`,
  async () => {
    const helpOf = async (...command: string[]) => {
      const terminal = createTestTerminal();
      expect(await runProgram([...command, '--help'], terminal)).toBe(0);
      return terminal.printed().stdout;
    };
    const namesIn = (help: string) => [...help.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name);
    const optionsIn = (help: string) =>
      [...help.matchAll(/^ {2}(-\w)?(?:, )?(--[\w-]+)?/gm)].flatMap(([, ...flags]) => flags.filter((flag) => flag));
    const top = namesIn(await helpOf()).filter((name) => name !== 'help');
    expect(top).toContain('completion');
    const [commands = [], ...options] = await complete('bash', [[''], ...top.map((name) => [name, '-'])]);
    expect(commands).toEqual([...top, 'help'].toSorted());
    for (const [index, name] of top.entries())
      expect(options[index], name).toEqual(optionsIn(await helpOf(name)).toSorted());
  },
);
