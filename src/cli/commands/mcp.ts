import { InvalidArgumentError } from 'commander';
import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { McpFlags } from '../mcp/serve-mcp.ts';

const defaultTextLimit = 20_000;

export const addMcpCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('mcp')
    .summary('let AI models run containers (Model Context Protocol)')
    .description(
      'Serves tools that run containers on an agent: run_container, run_python, get_execution, read_file, list_images.\n' +
        'Speaks on standard input and output, or over HTTP with --http. Limits and policy are those of the token.\n' +
        'Over HTTP each caller sends its own token of the agent; on loopback EXEC_TOKEN is used for callers without one.',
    )
    .option('--url <url>', 'HTTP API of the agent (EXEC_URL; default: the current context, else http://localhost:8082)')
    .option('--context <name>', 'context of "exec-agent login" to use (EXEC_CONTEXT)')
    .option('--http <address>', 'serve HTTP at /mcp on this port, or HOST:PORT')
    .option('--python-image <image>', 'image of run_python', 'python:3-slim')
    .option('--text-limit <characters>', 'characters of output or file in one result', parseTextLimit, defaultTextLimit)
    .addHelpText(
      'after',
      examples(
        'exec-agent mcp',
        'EXEC_TOKEN=exa_… exec-agent mcp --url https://agent.internal',
        'exec-agent mcp --http 8083',
      ),
    )
    .action(async (flags: McpFlags) => {
      const { serveMcp } = await import('../mcp/serve-mcp.ts');
      exitWith(await serveMcp(terminal, flags));
    });
};

function parseTextLimit(text: string): number {
  if (!/^[1-9]\d{2,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 100 to 9999999.');
  return Number(text);
}
