import { Option } from 'commander';
import { ExecError } from '../../../support/exec-error.ts';
import { errorCodeNames } from '../../../wire/response/error-codes.ts';
import { type AddCommand, examples, exitCodeHelp } from '../../command-context.ts';
import type { ControlFlags } from '../../control/with-control.ts';
import type { CancelManyFlags } from '../../executions/cancel-many.ts';
import type { StatsFlags } from '../../executions/count-executions.ts';
import type { EventsFlags } from '../../executions/follow-events.ts';
import type { PsFlags } from '../../executions/list-executions.ts';
import type { FilesFlags } from '../../executions/list-files.ts';
import type { RmFlags } from '../../executions/remove-executions.ts';
import type { SearchFlags } from '../../executions/search-logs.ts';
import type { GetFlags } from '../../executions/show-execution.ts';
import type { LogsFlags } from '../../executions/show-logs.ts';
import type { ZipFlags } from '../../executions/zip-files.ts';
import { parseLines, parseRows, parseSeconds, parseTenant } from '../../parse-values.ts';
import type { WaitFlags } from '../../submit/wait-for-response.ts';
import { idHelp, tenantHelp, withAgents } from './control-options.ts';

const unfinishedStates = ['queued', 'staging', 'running', 'collecting'] as const;

/** The commands for executions that were submitted. */
export const addExecutionCommands: AddCommand = (program, { terminal, exitWith }) => {
  withAgents(program.command('ps'))
    .summary('list executions')
    .description('Lists executions, newest first: queued and running ones; with --all also finished ones.')
    .option('-a, --all', 'include finished executions')
    .addOption(
      new Option('--state <state...>', 'only executions in one of these states').choices([
        'queued',
        'staging',
        'running',
        'collecting',
        'finished',
      ]),
    )
    .addOption(
      new Option('--code <code...>', 'with --all, only finished executions with one of these error codes').choices([
        'OK',
        ...errorCodeNames,
      ]),
    )
    .option('--tenant <name>', tenantHelp, parseTenant)
    .option('--agent <id>', 'only executions of this agent')
    .option('--prefix <text>', 'only executions whose id, correlation id or name begins so')
    .option('--tag <key=value...>', 'only executions with all of these tags')
    .option('--name <name>', 'only executions with this name')
    .option('--image <image>', 'only executions of this image, as written in the request')
    .option('--since <time>', 'only executions of the last 30s, 5m, 2h', parseSeconds)
    .option('--limit <number>', 'maximum number of rows', parseRows, 50)
    .option('--cursor <cursor>', 'cursor that the previous page printed')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('exec-agent ps', 'exec-agent ps --all --tag project=atlas --since 2h'))
    .action(async (flags: PsFlags) => {
      const { listExecutions } = await import('../../executions/list-executions.ts');
      exitWith(await listExecutions(terminal, flags));
    });

  withAgents(program.command('stats'))
    .summary('count executions by state and result')
    .description(
      'Counts the executions that were submitted in a period: those that wait or run by state, finished ones by code.',
    )
    .option('--tenant <name>', tenantHelp, parseTenant)
    .option('--since <time>', 'submitted in the last 30s, 5m, 2h', parseSeconds, 86_400)
    .option('--json', 'print JSON')
    .action(async (flags: StatsFlags) => {
      const { countExecutions } = await import('../../executions/count-executions.ts');
      exitWith(await countExecutions(terminal, flags));
    });

  withAgents(program.command('get'))
    .summary('print the response of an execution')
    .description(
      'Prints the recorded response as JSON: indented and in colours on a terminal, on one line otherwise.\n' +
        'Exit code: 1 if there is none yet.',
    )
    .argument('<id>', idHelp)
    .option('--record', 'print the execution as the HTTP API returns it, in any state')
    .option('--full', 'include contents that moved to the object store (result.ref)')
    .action(async (id: string, flags: GetFlags) => {
      const { showExecution } = await import('../../executions/show-execution.ts');
      exitWith(await showExecution(id, terminal, flags));
    });

  withAgents(program.command('wait'))
    .summary('wait for the response of an execution')
    .description(
      'Waits until the execution has finished and prints its response as JSON. Ctrl-C ends the waiting, not the execution.',
    )
    .argument('<id>', idHelp)
    .option('--timeout <seconds>', 'maximum time to wait (default: no limit)', parseSeconds)
    .addHelpText('after', exitCodeHelp)
    .addHelpText('after', examples('exec-agent wait 3f2a | jq .result.exit_code'))
    .action(async (id: string, flags: WaitFlags) => {
      const { waitForExecution } = await import('../../submit/wait-for-response.ts');
      exitWith(await waitForExecution(id, terminal, flags));
    });

  withAgents(program.command('logs'))
    .summary('print what a container wrote')
    .description(
      'Prints what the container has written so far: its stdout to stdout, its stderr to stderr. After it has finished,\n' +
        'both are printed to stdout in the order in which they arrived.',
    )
    .argument('<id>', idHelp)
    .option('-f, --follow', 'continue until the execution has finished; Ctrl-C stops following, not the execution')
    .option('--tail <lines>', 'only so many lines at the end', parseLines)
    .option('--search <text>', 'only lines that contain the text, each with its number; exit code 1 if there is none')
    .option('--ignore-case', 'with --search, letters of ASCII in any case')
    .addHelpText('after', examples('exec-agent logs 3f2a --tail 20', 'exec-agent logs 3f2a --search Traceback'))
    .action(async (id: string, { search, ...flags }: LogsFlags & Partial<SearchFlags>) => {
      if (search !== undefined) {
        if (flags.follow === true || flags.tail !== undefined)
          throw new ExecError('INVALID_REQUEST', '--search: searches all there is. Leave out --follow and --tail.');
        const { searchLogs } = await import('../../executions/search-logs.ts');
        return exitWith(await searchLogs(id, terminal, { ...flags, search }));
      }
      const { showLogs } = await import('../../executions/show-logs.ts');
      return exitWith(await showLogs(id, terminal, flags));
    });

  withAgents(program.command('files'))
    .summary('list the output files of an execution, or pack them')
    .argument('<id>', idHelp)
    .option('--json', 'print JSON')
    .option('--zip <file>', 'write all of them to a zip archive; "-" is standard output')
    .option('--force', 'with --zip, overwrite the file')
    .addHelpText('after', examples('exec-agent files 3f2a', 'exec-agent files 3f2a --zip results.zip'))
    .action(async (id: string, { zip, ...flags }: FilesFlags & Partial<ZipFlags>) => {
      if (zip !== undefined) {
        const { zipFiles } = await import('../../executions/zip-files.ts');
        return exitWith(await zipFiles(id, terminal, { ...flags, zip }));
      }
      const { listFiles } = await import('../../executions/list-files.ts');
      return exitWith(await listFiles(id, terminal, flags));
    });

  withAgents(program.command('cp'))
    .summary('copy output files of an execution to this host')
    .description(
      'Copies a file, or all files below a directory, from the output directory of an execution. PATH is relative to\n' +
        '/workspace/output; without PATH all files are copied. "-" as target writes one file to standard output.',
    )
    .argument('<id:path>', `${idHelp}, and the path of an output file or directory`)
    .argument('<target>', 'file or directory on this host, or "-"')
    .option('--force', 'overwrite files')
    .addHelpText(
      'after',
      examples(
        'exec-agent cp 3f2a:report.csv .',
        'exec-agent cp 3f2a: results/',
        'exec-agent cp 3f2a:plot.svg - | less',
      ),
    )
    .action(async (from: string, to: string, flags: ControlFlags & { readonly force?: boolean }) => {
      const { copyFiles } = await import('../../executions/copy-files.ts');
      exitWith(await copyFiles(from, to, terminal, flags));
    });

  withAgents(program.command('events'))
    .summary('print changes of state as they happen')
    .description(
      'Prints one line for each change of state, of all executions or of one. For one it ends when the execution has\n' +
        'finished; otherwise Ctrl-C ends it.',
    )
    .argument('[id]', idHelp)
    .option('--tenant <name>', tenantHelp, parseTenant)
    .option('--json', 'print one JSON object per line')
    .action(async (id: string | undefined, flags: EventsFlags) => {
      const { followEvents } = await import('../../executions/follow-events.ts');
      exitWith(await followEvents(id, terminal, flags));
    });

  withAgents(program.command('cancel'))
    .summary('cancel executions')
    .description(
      'Cancels an execution that waits or runs; a finished one stays as it is. Its response contains what it has written.\n' +
        'Without an id, cancels all that match the options, and prints the id of each.',
    )
    .argument('[id]', idHelp)
    .option('-a, --all', 'every execution that waits or runs')
    .addOption(
      new Option('--state <state...>', 'only executions in one of these states').choices([...unfinishedStates]),
    )
    .option('--tenant <name>', tenantHelp, parseTenant)
    .option('--agent <id>', 'only executions of this agent')
    .option('--prefix <text>', 'only executions whose id, correlation id or name begins so')
    .option('--tag <key=value...>', 'only executions with all of these tags')
    .option('--name <name>', 'only executions with this name')
    .option('--image <image>', 'only executions of this image, as written in the request')
    .option('--since <time>', 'only executions of the last 30s, 5m, 2h', parseSeconds)
    .option('--dry-run', 'only print what would be canceled')
    .addHelpText('after', examples('exec-agent cancel 3f2a', 'exec-agent cancel --tag project=atlas --dry-run'))
    .action(async (id: string | undefined, flags: CancelManyFlags) => {
      if (id === undefined) {
        const { cancelMany } = await import('../../executions/cancel-many.ts');
        return exitWith(await cancelMany(terminal, flags));
      }
      const { cancelExecution } = await import('../../executions/cancel-execution.ts');
      return exitWith(await cancelExecution(id, terminal, flags));
    });

  withAgents(program.command('rm'))
    .summary('remove the records of finished executions')
    .description(
      'Removes the records of finished executions, and prints the id of each. Uploaded files stay, unless --objects is given.',
    )
    .argument('<id...>', idHelp)
    .option('--objects', 'also delete what the executions uploaded to the object store')
    .action(async (ids: readonly string[], flags: RmFlags) => {
      const { removeExecutions } = await import('../../executions/remove-executions.ts');
      exitWith(await removeExecutions(ids, terminal, flags));
    });
};
