import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { SettingFlags } from '../load-settings.ts';

export const addServeCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('serve')
    .summary('answer requests that arrive over Redis')
    .description(
      'Answers requests that arrive over Redis until SIGTERM or Ctrl-C; then it takes no more and waits for what runs.\n' +
        'Without REDIS_URL it starts a private redis-server and says how to reach it.',
    )
    .option('--redis <url>', 'Redis to serve (REDIS_URL)')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .option('--concurrency <n>', 'executions at once (EXEC_CONCURRENCY)')
    .option('--port <port>', 'port of the HTTP interface, or off (PORT)')
    .option('--data-dir <dir>', 'what outlives a run (EXEC_DATA_DIR)')
    .addHelpText(
      'after',
      examples(
        'exec-agent serve',
        'exec-agent serve --redis redis://queue.internal:6379 --concurrency 8',
        'EXEC_CONFIG=agent.yaml exec-agent serve',
      ),
    )
    .action(async (flags: SettingFlags) => {
      const { serve } = await import('../serve.ts');
      exitWith(await serve(terminal, flags));
    });
};
