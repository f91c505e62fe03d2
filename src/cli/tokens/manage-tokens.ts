import { type ListedTokens, tokenListOf } from '../../access/token-list.ts';
import type { Operator } from '../../agent/control/open-operator.ts';
import { ExecError } from '../../support/exec-error.ts';
import { userName } from '../../support/processes/user-name.ts';
import { printableLine } from '../../support/text/printable.ts';
import type { Scope } from '../../wire/scopes.ts';
import { withOperator } from '../control/with-operator.ts';
import { formatAge } from '../output/text/format-age.ts';
import { formatTable } from '../output/text/format-table.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface CreateFlags extends SettingFlags {
  readonly tenant: string;
  readonly scope: readonly Scope[];
  readonly name: string;
  /** Seconds. */
  readonly expires?: number;
}

export interface ListFlags extends SettingFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `exec-agent token create`: the token alone on stdout. */
export function createToken(terminal: Terminal, flags: CreateFlags): Promise<number> {
  return withOperator(terminal, flags, async (operator) => {
    const { name, tenant, scope, expires } = flags;
    const now = Date.now();
    const expiresAt = expires === undefined ? undefined : now + expires * 1000;
    const { token, entry } = await operator.tokens.create({ name, tenant, scopes: scope, expiresAt }, now);
    await note(operator, 'create token', entry.id, tenant);
    terminal.stdout.line(token);
    terminal.stderr.line(`Token ${entry.id} of the tenant ${tenant}: ${scope.join(', ')}. It is shown only once.`);
    return exitCodes.ok;
  });
}

/** `exec-agent token list`. */
export function listTokens(terminal: Terminal, flags: ListFlags): Promise<number> {
  return withOperator(terminal, flags, async (operator) => {
    const listed = await operator.tokens.list(flags);
    if (flags.json === true) terminal.stdout.line(JSON.stringify(tokenListOf(listed)));
    else print(listed, terminal);
    return exitCodes.ok;
  });
}

/** `exec-agent token revoke`. */
export function revokeToken(id: string, terminal: Terminal, flags: SettingFlags): Promise<number> {
  return withOperator(terminal, flags, async (operator) => {
    if (!(await operator.tokens.revoke(id)))
      throw new ExecError('INPUT_NOT_FOUND', `There is no token ${id}. "exec-agent token list" shows all tokens.`);
    await note(operator, 'revoke token', id, '');
    terminal.stdout.line(`The token ${id} is revoked.`);
    if (await operator.tokens.isEmpty())
      terminal.stderr.line(
        `${terminal.stderr.colors.yellow('warning:')} It was the last token. Without one, the HTTP API serves everyone on the agent's host, as the tenant "default". To prevent that, create a token ("exec-agent token create") or set PORT=off.`,
      );
    return exitCodes.ok;
  });
}

function note({ audit }: Operator, action: string, target: string, tenant: string): Promise<void> {
  const actor = `user:${userName()}`;
  return audit.note({ at: Date.now(), tenant, actor, from: 'command line', action, target, result: 'ok' });
}

function print({ tokens, next }: ListedTokens, { stdout, stderr }: Terminal): void {
  if (tokens.length === 0 && next === undefined) {
    stderr.line('There is no token: the HTTP API serves this host only. Create one with "exec-agent token create".');
    return;
  }
  const head = ['TOKEN', 'TENANT', 'SCOPES', 'AGE', 'EXPIRES', 'NAME'].map((title) => stdout.colors.bold(title));
  const rows = tokens.map(({ id, tenant, scopes, createdAt, expiresAt, name }) => [
    id,
    tenant,
    scopes.join(','),
    formatAge(Date.now() - createdAt),
    expiresAt === undefined ? 'never' : new Date(expiresAt).toISOString(),
    printableLine(name),
  ]);
  for (const line of formatTable([head, ...rows])) stdout.line(line);
  if (next !== undefined) stderr.line(stderr.colors.dim(`More: --cursor ${next}`));
}
