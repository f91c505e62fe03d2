import { Option } from 'commander';
import type { AgentsFlags } from '../agents/list-agents.ts';
import { type AddCommand, examples } from '../command-context.ts';
import type { PsFlags } from '../executions/list-executions.ts';
import type { GetFlags } from '../executions/show-execution.ts';
import type { LogsFlags } from '../executions/show-logs.ts';
import { parseRows, parseSeconds } from '../parse-values.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { withRedis } from './redis-options.ts';

/** The commands that look at a queue and act on it, over the Redis that its agents serve. */
export const addConsoleCommands: AddCommand = (program, { terminal, exitWith }) => {
  withRedis(program.command('ps'))
    .summary('list executions')
    .description('Lists executions, newest first: queued and running ones; with --all also finished ones.')
    .option('-a, --all', 'include finished executions')
    .addOption(
      new Option('--state <state>', 'only executions in this state').choices([
        'queued',
        'staging',
        'running',
        'collecting',
        'finished',
      ]),
    )
    .option('--tag <key=value>', 'only executions with this tag')
    .option('--name <name>', 'only executions with this name')
    .option('--image <image>', 'only executions of this image, as written in the request')
    .option('--since <time>', 'only executions of the last 30s, 5m, 2h', parseSeconds)
    .option('--limit <number>', 'maximum number of rows', parseRows, 50)
    .option('--cursor <cursor>', 'cursor that the previous page printed')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('exec-agent ps', 'exec-agent ps --all --tag project=atlas --since 2h'))
    .action(async (flags: PsFlags) => {
      const { listExecutions } = await import('../executions/list-executions.ts');
      exitWith(await listExecutions(terminal, flags));
    });

  withRedis(program.command('get'))
    .summary('print the response of an execution')
    .description('Prints the recorded response as JSON. Exit code: 1 if there is none yet.')
    .argument('<id>', 'execution id or correlation id')
    .option('--record', 'print the whole record, in any state')
    .option('--full', 'include contents that moved to the object store (result.ref)')
    .action(async (id: string, flags: GetFlags) => {
      const { showExecution } = await import('../executions/show-execution.ts');
      exitWith(await showExecution(id, terminal, flags));
    });

  withRedis(program.command('logs'))
    .summary('print what a container wrote')
    .description('Prints what the container has written so far: its stdout to stdout, its stderr to stderr.')
    .argument('<id>', 'execution id or correlation id')
    .option('-f, --follow', 'continue until the execution has finished; Ctrl-C stops following, not the execution')
    .action(async (id: string, flags: LogsFlags) => {
      const { showLogs } = await import('../executions/show-logs.ts');
      exitWith(await showLogs(id, terminal, flags));
    });

  withRedis(program.command('cancel'))
    .summary('cancel an execution')
    .description('Cancels an execution in any state. Its response contains what it has written.')
    .argument('<id>', 'execution id or correlation id')
    .action(async (id: string, flags: SettingFlags) => {
      const { cancelExecution } = await import('../executions/cancel-execution.ts');
      exitWith(await cancelExecution(id, terminal, flags));
    });

  withRedis(program.command('agents'))
    .summary('list the agents that serve the queue')
    .option('--json', 'print JSON')
    .action(async (flags: AgentsFlags) => {
      const { listAgents } = await import('../agents/list-agents.ts');
      exitWith(await listAgents(terminal, flags));
    });

  withRedis(program.command('pause'))
    .summary('stop taking new work; requests wait in the queue')
    .action(async (flags: SettingFlags) => {
      const { pauseQueue } = await import('../agents/hold-queue.ts');
      exitWith(await pauseQueue(terminal, flags));
    });

  withRedis(program.command('resume'))
    .summary('take new work again')
    .action(async (flags: SettingFlags) => {
      const { resumeQueue } = await import('../agents/hold-queue.ts');
      exitWith(await resumeQueue(terminal, flags));
    });
};
