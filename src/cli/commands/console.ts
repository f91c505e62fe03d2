import { Option } from 'commander';
import { type AddCommand, examples } from '../command-context.ts';
import type { AgentsFlags } from '../console/list-agents.ts';
import type { PsFlags } from '../console/list-executions.ts';
import type { GetFlags } from '../console/show-execution.ts';
import type { LogsFlags } from '../console/show-logs.ts';
import type { SettingFlags } from '../load-settings.ts';
import { parseRows, parseSeconds } from '../parse-values.ts';
import { withRedis } from './redis-options.ts';

/** The commands that look at a queue and act on it, over the Redis that its agents serve. */
export const addConsoleCommands: AddCommand = (program, { terminal, exitWith }) => {
  withRedis(program.command('ps'))
    .summary('list what waits and runs')
    .description('Lists executions, newest first: those that wait or run, with --all also those that have finished.')
    .option('-a, --all', 'finished ones too')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices([
        'queued',
        'staging',
        'running',
        'collecting',
        'finished',
      ]),
    )
    .option('--tag <key=value>', 'only those with this tag')
    .option('--name <name>', 'only those with this name')
    .option('--image <image>', 'only those of this image, as the request wrote it')
    .option('--since <time>', 'only those of the last 30s, 5m, 2h', parseSeconds)
    .option('--limit <number>', 'so many at most', parseRows, 50)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('exec-agent ps', 'exec-agent ps --all --tag project=atlas --since 2h'))
    .action(async (flags: PsFlags) => {
      const { listExecutions } = await import('../console/list-executions.ts');
      exitWith(await listExecutions(terminal, flags));
    });

  withRedis(program.command('get'))
    .summary('print the answer of an execution')
    .description('Prints the answer on record as JSON. Exit code: 1 when there is none yet.')
    .argument('<id>', 'execution id or correlation id')
    .option('--record', 'the whole record, whatever its state')
    .option('--full', 'with what the answer had no room for, from the object store')
    .action(async (id: string, flags: GetFlags) => {
      const { showExecution } = await import('../console/show-execution.ts');
      exitWith(await showExecution(id, terminal, flags));
    });

  withRedis(program.command('logs'))
    .summary('print what a container wrote')
    .description('Prints what the container wrote so far: stdout to stdout, stderr to stderr.')
    .argument('<id>', 'execution id or correlation id')
    .option('-f, --follow', 'go on until the execution has finished; Ctrl-C ends the following only')
    .action(async (id: string, flags: LogsFlags) => {
      const { showLogs } = await import('../console/show-logs.ts');
      exitWith(await showLogs(id, terminal, flags));
    });

  withRedis(program.command('cancel'))
    .summary('cancel an execution')
    .description('Cancels an execution in whatever state it is; what it has written is returned in its answer.')
    .argument('<id>', 'execution id or correlation id')
    .action(async (id: string, flags: SettingFlags) => {
      const { cancelExecution } = await import('../console/cancel-execution.ts');
      exitWith(await cancelExecution(id, terminal, flags));
    });

  withRedis(program.command('agents'))
    .summary('list the agents that serve the queue')
    .option('--json', 'print JSON')
    .action(async (flags: AgentsFlags) => {
      const { listAgents } = await import('../console/list-agents.ts');
      exitWith(await listAgents(terminal, flags));
    });

  withRedis(program.command('pause'))
    .summary('let requests wait')
    .action(async (flags: SettingFlags) => {
      const { pauseQueue } = await import('../console/hold-queue.ts');
      exitWith(await pauseQueue(terminal, flags));
    });

  withRedis(program.command('resume'))
    .summary('end a pause')
    .action(async (flags: SettingFlags) => {
      const { resumeQueue } = await import('../console/hold-queue.ts');
      exitWith(await resumeQueue(terminal, flags));
    });
};
