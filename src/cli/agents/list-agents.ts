import type { AgentEntry } from '../../queue/agent-registry.ts';
import { withConsole } from '../control/with-console.ts';
import { formatAge } from '../output/format-age.ts';
import { formatTable } from '../output/format-table.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface AgentsFlags extends SettingFlags {
  readonly json?: boolean;
}

/** `exec-agent agents`: who serves this queue, and how busy each is. */
export function listAgents(terminal: Terminal, flags: AgentsFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    const agents = await console.agents();
    if (flags.json === true) terminal.stdout.line(JSON.stringify(agents));
    else print(agents, terminal);
    return exitCodes.ok;
  });
}

function print(agents: readonly AgentEntry[], { stdout, stderr }: Terminal): void {
  if (agents.length === 0) {
    stderr.line('No agent is running. Start one with "exec-agent serve".');
    return;
  }
  const head = ['AGENT', 'RUNTIME', 'BUSY', 'UP', 'VERSION', ''].map((title) => stdout.colors.bold(title));
  const rows = agents.map(({ id, runtime, busy, slots, startedAt, version, short }) => [
    id,
    runtime,
    `${busy}/${slots}`,
    formatAge(Date.now() - startedAt),
    version,
    short === undefined ? '' : stdout.colors.yellow(`takes no new work: ${short}`),
  ]);
  for (const line of formatTable([head, ...rows])) stdout.line(line);
}
