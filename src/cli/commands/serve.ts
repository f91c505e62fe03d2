import { keepHeapSmall } from '../../support/processes/keep-heap-small.ts';
import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { SettingFlags } from '../settings/load-settings.ts';

export const addServeCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('serve')
    .summary('start an agent: run requests from Redis and HTTP')
    .description(
      'Runs requests that arrive over Redis and HTTP, until SIGTERM or Ctrl-C. Then it takes no new work, waits for\nrunning containers up to EXEC_DRAIN, and detaches from the rest.\n' +
        'Without REDIS_URL it starts a private redis-server and prints how to reach it.',
    )
    .option('--redis <url>', 'Redis to use (REDIS_URL)')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .option('--concurrency <n>', 'maximum number of executions at the same time (EXEC_CONCURRENCY)')
    .option('--port <port>', 'port of the HTTP API, or off (PORT, default: 8082)')
    .option('--data-dir <dir>', 'data directory (EXEC_DATA_DIR)')
    .addHelpText(
      'after',
      examples(
        'exec-agent serve',
        'exec-agent serve --redis redis://queue.internal:6379 --concurrency 8',
        'EXEC_CONFIG=agent.yaml exec-agent serve',
      ),
    )
    .action(async (flags: SettingFlags) => {
      keepHeapSmall();
      const { serve } = await import('../serve/serve.ts');
      exitWith(await serve(terminal, flags));
    });
};
