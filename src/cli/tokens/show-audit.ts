import { auditListOf } from '../../access/audit-list.ts';
import { printableLine } from '../../support/text/printable.ts';
import { withOperator } from '../control/with-operator.ts';
import { formatTable } from '../output/text/format-table.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface AuditFlags extends SettingFlags {
  readonly limit: number;
  readonly json?: boolean;
}

/** `exec-agent audit`: who did what over HTTP and with tokens, the latest first. */
export function showAudit(terminal: Terminal, flags: AuditFlags): Promise<number> {
  const { stdout } = terminal;
  return withOperator(terminal, flags, async (operator) => {
    const entries = await operator.audit.list(flags.limit);
    if (flags.json === true) {
      stdout.line(JSON.stringify(auditListOf(entries)));
      return exitCodes.ok;
    }
    const head = ['WHEN', 'WHO', 'TENANT', 'DID', 'TO', 'RESULT'].map((title) => stdout.colors.bold(title));
    const rows = entries.map(({ at, actor, tenant, action, target, result }) =>
      [new Date(at).toISOString(), actor, tenant, action, target, result].map(printableLine),
    );
    for (const line of formatTable([head, ...rows])) stdout.line(line);
    return exitCodes.ok;
  });
}
