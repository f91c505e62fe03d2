import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import { gather, parseCpus, parsePids, parseSeconds } from '../parse-values.ts';
import type { RunFlags } from '../run/run-flags.ts';

const exitCodeHelp = `
Exit code:
  the container's own, when it ran to its end
  1    the command ended with 0, yet its results are not whole (a missing file, an invalid graph update)
  124  it ran longer than its timeout
  125  it could not be run (request, image, runtime)
  130  canceled with Ctrl-C; what had been written is returned`;

export const addRunCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('run')
    .summary('run one container here and now, without a broker')
    .usage('[options] FILE.json | - | IMAGE [-- COMMAND...]')
    .description(
      'Runs one container and prints its answer: a summary on a terminal, the response as JSON otherwise.\n' +
        'What the container prints appears on stderr while it runs.',
    )
    .argument('<target>', 'a request file ending in .json, "-" for a request on standard input, or an image')
    .argument('[command...]', "the image's arguments; put them after --")
    .optionsGroup('Data:')
    .option(
      '-i, --input <file[:path]>',
      'file or directory for /workspace/input, there named as here or as PATH',
      gather,
    )
    .option('-g, --graph <file>', 'graph as JSON, becomes /workspace/input/graph_data.json')
    .option('--config <file>', 'JSON, becomes /workspace/config/config.json')
    .option('-e, --env <name=value>', 'variable; NAME alone takes its value from here', gather)
    .option('--env-file <file>', 'variables, one NAME=VALUE a line', gather)
    .option('-o, --output <pattern>', 'file, directory/ or glob below /workspace/output that has to be there', gather)
    .option('--save [dir]', 'write the output files to DIR (default: here); with -o only those')
    .option('--force', 'let --save replace files')
    .optionsGroup('Container:')
    .option('--timeout <seconds>', 'how long it may run', parseSeconds)
    .option('--cpus <n>', 'CPUs it may use, fractions allowed', parseCpus)
    .option('--memory <size>', 'memory it may use, such as 512m')
    .option('--pids <n>', 'processes and threads it may have', parsePids)
    .option('--entrypoint <command>', "in place of the image's entry point")
    .option('--user <user>', 'name, uid or uid:gid')
    .option('--workdir <path>', 'working directory (default: /workspace)')
    .option('--pull <when>', 'missing, always or never')
    .optionsGroup('General:')
    .option('--json', 'print the response as JSON on a terminal too')
    .option('--full', 'print the JSON with all contents, also those that an answer has no room for')
    .option('-q, --quiet', 'nothing on stderr but errors')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .addHelpText('after', exitCodeHelp)
    .addHelpText(
      'after',
      examples(
        'exec-agent run alpine -- echo hello',
        "exec-agent run python:3.9-slim -i sales.csv -i report.py -o '*.html' --save -- python input/report.py",
        'exec-agent run python:3.9-slim -g graph.json --timeout 30 --memory 1g -- python -c "print(1)"',
        'exec-agent run request.json --json | jq .result.exit_code',
      ),
    )
    .action(async (target: string, command: readonly string[], flags: RunFlags) => {
      const { run } = await import('../run/run.ts');
      exitWith(await run({ target, command, flags }, terminal));
    });
};
