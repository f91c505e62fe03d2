import { printable } from '../../support/text/printable.ts';
import { formatTable } from '../output/text/format-table.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';
import type { Check, Diagnosis } from './check.ts';

export function printChecks(
  { canRun, checks }: Diagnosis,
  { json, terminal: { stdout } }: { readonly json: boolean; readonly terminal: Terminal },
): void {
  if (json) {
    stdout.line(JSON.stringify({ can_run: canRun, checks }, null, 2));
    return;
  }
  const { bold, green, red } = stdout.colors;
  // One table, so that every section has the same columns.
  const table = formatTable(
    checks.map((check) => [markOf(check, stdout), check.name, printable(check.detail)]),
    '  ',
  );
  for (const [index, check] of checks.entries()) {
    if (check.section !== checks[index - 1]?.section) stdout.line(`${index === 0 ? '' : '\n'}${bold(check.section)}`);
    stdout.line(table[index]);
    if (check.cure !== undefined) stdout.line(`      → ${check.cure}`);
  }
  stdout.line();
  stdout.line(canRun ? green('Containers can run here.') : red('Containers cannot run here: see the lines marked ✗.'));
}

function markOf({ state }: Check, { colors }: Sink): string {
  switch (state) {
    case 'ok':
      return colors.green('✓');
    case 'off':
      return colors.dim('-');
    case 'warn':
      return colors.yellow('!');
    case 'bad':
      return colors.red('✗');
  }
}
