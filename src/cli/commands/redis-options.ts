import type { Command } from 'commander';

/** The options of a command that looks into the Redis which agents serve. */
export function withRedis(command: Command): Command {
  return command
    .option('--redis <url>', 'Redis of the agents (REDIS_URL)')
    .option('--data-dir <dir>', 'data directory of an agent on this host, to find its private Redis (EXEC_DATA_DIR)');
}
