import { createHttpClient } from '../../src/client/browser.ts';
import { program, type ServingAgent, serveHostImage } from '../agent/serve-host-image.ts';
import { runCommand } from '../parts/processes/run-command.ts';

export interface McpAgent extends ServingAgent {
  /** May do everything. */
  readonly token: string;
  /** May only read. */
  readonly readToken: string;
  /** How the execution that was submitted last has ended. */
  lastCode(): Promise<string | undefined>;
}

/** An agent with tokens. */
export async function openMcpAgent(directory: string): Promise<McpAgent> {
  const agent = await serveHostImage(directory);
  const create = async (...scopes: string[]) => {
    const args = ['token', 'create', '--data-dir', agent.dataDir, '--scope', ...scopes];
    const printed = await runCommand(process.execPath, program, ...args);
    return /exa_\S+/.exec(printed)?.[0] ?? '';
  };
  const token = await create('submit', 'read', 'operate');
  const client = createHttpClient({ url: agent.url, token });
  return {
    ...agent,
    token,
    readToken: await create('read'),
    lastCode: async () => (await client.list({ limit: 1 })).executions[0]?.code,
  };
}
