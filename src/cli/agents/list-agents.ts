import type { AgentList } from '../../wire/http/agents.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { formatAge } from '../output/text/format-age.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { notePause } from './note-pause.ts';

export interface AgentsFlags extends ControlFlags {
  readonly json?: boolean;
}

/** `exec-agent agents`: who serves this queue, and how busy each is. */
export function listAgents(terminal: Terminal, flags: AgentsFlags): Promise<number> {
  return withControl(terminal, flags, async (control) => {
    const agents = await control.agents();
    if (flags.json === true) {
      terminal.stdout.line(JSON.stringify({ agents }));
      return exitCodes.ok;
    }
    print(agents, terminal);
    await notePause(control, terminal);
    return exitCodes.ok;
  });
}

function print(agents: AgentList['agents'], { stdout, stderr }: Terminal): void {
  if (agents.length === 0) {
    stderr.line('No agent is running. Start one with "exec-agent serve".');
    return;
  }
  const head = ['AGENT', 'RUNTIME', 'BUSY', 'UP', 'VERSION', ''].map((title) => stdout.colors.bold(title));
  const rows = agents.map(({ id, runtime, busy, slots, started_at: startedAt, version, short }) => [
    id,
    runtime,
    `${busy}/${slots}`,
    formatAge(Date.now() - Date.parse(startedAt)),
    version,
    short === undefined ? '' : stdout.colors.yellow(`takes no new work: ${short}`),
  ]);
  for (const line of formatTable([head, ...rows])) stdout.line(line);
}
