import type { Command } from 'commander';

/** The options of a command that looks into the Redis which agents serve. */
export function withRedis(command: Command): Command {
  return command
    .option('--redis <url>', 'Redis that the agents serve (REDIS_URL)')
    .option('--data-dir <dir>', 'where the private Redis of an agent on this machine is found (EXEC_DATA_DIR)');
}
