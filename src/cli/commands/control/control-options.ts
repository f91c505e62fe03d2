import type { Command } from 'commander';

/** The options of a command that works in the Redis which agents serve. */
export function withRedis(command: Command): Command {
  return command
    .option('--redis <url>', 'Redis of the agents (REDIS_URL)')
    .option('--data-dir <dir>', 'data directory of an agent on this host, to find its private Redis (EXEC_DATA_DIR)');
}

export const agentsGroup =
  'Which agents (default: EXEC_URL, EXEC_CONTEXT, REDIS_URL, the current context, else the private Redis of this host):';

export const imagesGroup =
  'Whose images (default: of EXEC_URL, EXEC_CONTEXT or, without REDIS_URL, the current context; else of this host):';

/** The options of a command that talks to agents, over HTTP or Redis. */
export function withAgents(command: Command): Command {
  command
    .optionsGroup(agentsGroup)
    .option('--url <url>', 'HTTP API of an agent (EXEC_URL); the token comes from EXEC_TOKEN or "exec-agent login"')
    .option('--context <name>', 'context of "exec-agent login" (EXEC_CONTEXT); "local" is the Redis of this host');
  return withRedis(command).optionsGroup('Options:');
}

export const idHelp = 'execution id, the beginning of one, or correlation id';

export const tenantHelp =
  'executions of this tenant, or of all with "*" (over HTTP only with a token of the scope admin; default: its tenant)';
