import type { SessionEntry } from '../../access/session-store.ts';
import { userName } from '../../support/processes/user-name.ts';
import { printableLine } from '../../support/text/printable.ts';
import { withOperator } from '../control/with-operator.ts';
import { formatAge } from '../output/text/format-age.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ListFlags } from './manage-tokens.ts';

export interface SessionFlags extends ListFlags {
  readonly close?: boolean;
}

/** `exec-agent token sessions`: with `--close` it ends them, and prints those that it ended. */
export function manageSessions(tokenId: string, terminal: Terminal, flags: SessionFlags): Promise<number> {
  return withOperator(terminal, flags, async ({ sessions, audit }) => {
    const now = Date.now();
    const entries = await sessions.list(tokenId, now);
    if (flags.close === true) {
      await sessions.closeAll(tokenId);
      const actor = `user:${userName()}`;
      const what = { action: 'log out everywhere', target: tokenId, result: 'ok' };
      await audit.note({ at: now, tenant: '', actor, from: 'command line', ...what });
    }
    if (flags.json === true) terminal.stdout.line(JSON.stringify({ sessions: entries.map(describeSession) }));
    else print(entries, now, terminal);
    return exitCodes.ok;
  });
}

/** With names and times as the HTTP API has them. */
function describeSession({ id, openedAt, usedAt, from, userAgent }: SessionEntry) {
  const [opened_at, used_at] = [openedAt, usedAt].map((time) => new Date(time).toISOString());
  return { id, opened_at, used_at, from, user_agent: userAgent };
}

function print(entries: readonly SessionEntry[], now: number, { stdout, stderr }: Terminal): void {
  if (entries.length === 0) {
    stderr.line('Nobody is logged in to the dashboard with this token.');
    return;
  }
  const head = ['SESSION', 'AGE', 'LAST USE', 'FROM', 'BROWSER'].map((title) => stdout.colors.bold(title));
  const rows = entries.map(({ id, openedAt, usedAt, from, userAgent }) =>
    [id, formatAge(now - openedAt), formatAge(now - usedAt), from, userAgent].map(printableLine),
  );
  for (const line of formatTable([head, ...rows])) stdout.line(line);
}
