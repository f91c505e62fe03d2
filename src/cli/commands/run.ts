import type { AddCommand } from '../command-context.ts';
import { examples, exitCodeHelp } from '../command-context.ts';
import { gather, parseCpus, parsePids, parseSeconds } from '../parse-values.ts';
import { addDockerOptions } from '../run/arguments/docker-options.ts';
import type { RunFlags } from '../run/run-flags.ts';

export const addRunCommand: AddCommand = (program, { terminal, exitWith }) => {
  addDockerOptions(program.command('run'))
    .summary('run one container on this host, without a queue')
    .usage('[options] FILE.json | - | IMAGE [COMMAND...]')
    .description(
      'Runs one container. Its stdout goes to stdout and its stderr to stderr while it runs; with --json, both go to\n' +
        'stderr and the response to stdout. On a terminal a summary follows.\n' +
        'As with Docker, what follows the image is the command; in "IMAGE OPTIONS -- COMMAND" it begins after "--".\n' +
        'If standard input is a pipe or a file, it is read to its end, and the command gets it.',
    )
    .argument('<target>', 'a request file that ends in .json, "-" for a request on standard input, or an image')
    .argument('[command...]', 'the command and its arguments')
    .optionsGroup('Data:')
    .option(
      '-i, --input <file[:path]>',
      'file or directory to put into /workspace/input, under its own name or PATH',
      gather,
    )
    .option('--stdin', 'pass on standard input also if it is a terminal')
    .option('--no-stdin', 'do not pass on standard input')
    .option(
      '-g, --graph <file>',
      'JSON graph; becomes /workspace/input/graph_data.json. The response has what the command writes to ' +
        '/workspace/output/graph_update.json',
    )
    .option('--config <file>', 'JSON data for the command; becomes /workspace/config/config.json')
    .option('-e, --env <name=value>', 'environment variable; NAME alone passes on the value it has here', gather)
    .option('--env-file <file>', 'file with environment variables, one NAME=VALUE per line', gather)
    .option(
      '-o, --output <pattern>',
      'expected file or glob below /workspace/output, such as "a.csv" or "plots/**"; the run fails if it is missing. ' +
        'A name that ends in "/" means: save all output files in that local directory',
      gather,
    )
    .option('--save [dir]', 'save the output files in DIR (--save=DIR; default: current directory); with -o only those')
    .option('--force', 'let --save and -o DIR/ overwrite files')
    .optionsGroup('Container:')
    .option('--timeout <seconds>', 'maximum run time (default: 300)', parseSeconds)
    .option('--cpus <n>', 'number of CPUs, fractions allowed', parseCpus)
    .option('-m, --memory <size>', 'memory limit, such as 512m')
    .option('--pids <n>', 'maximum number of processes and threads', parsePids)
    .option('--entrypoint <command>', "replaces the image's entry point")
    .option('-u, --user <user>', 'name, uid or uid:gid')
    .option('-w, --workdir <path>', 'working directory (default: /workspace)')
    .option('--pull <when>', 'missing, always or never')
    .option(
      '--placement <key=value>',
      'refuse to run unless this host has this label (EXEC_LABELS); may be repeated',
      gather,
    )
    .option('--name <name>', 'name of the execution, as the policy and logs see it')
    .optionsGroup('General:')
    .option('--json', 'print the response as JSON')
    .option('--full', 'as --json, also with the contents that a response would only refer to')
    .option('-q, --quiet', 'print no progress, summary or warnings; with --json also no output of the container')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .addHelpText('after', exitCodeHelp)
    .addHelpText(
      'after',
      examples(
        'exec-agent run alpine ls -la',
        "exec-agent run python:3.9-slim -i sales.csv -i report.py -o '*.html' --save -- python input/report.py",
        'exec-agent run -m 1g -w /tmp --timeout 30 python:3.9-slim python -c "print(1)"',
        'sort -u names.txt | exec-agent run alpine wc -l > count.txt',
        'exec-agent run request.json --json | jq .result.exit_code',
      ),
    )
    .action(async (target: string, command: readonly string[], flags: RunFlags) => {
      const { run } = await import('../run/run.ts');
      exitWith(await run({ target, command, flags }, terminal));
    });
};
