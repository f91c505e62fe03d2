import { Option } from 'commander';
import { tokensOnPage } from '../../../access/token-list.ts';
import { type Scope, scopes } from '../../../wire/scopes.ts';
import { type AddCommand, examples } from '../../command-context.ts';
import { parseRows, parseSeconds } from '../../parse-values.ts';
import type { SettingFlags } from '../../settings/load-settings.ts';
import type { SessionFlags } from '../../tokens/manage-sessions.ts';
import type { CreateFlags, ListFlags } from '../../tokens/manage-tokens.ts';
import type { AuditFlags } from '../../tokens/show-audit.ts';
import { withRedis } from './control-options.ts';

// A token for operators has to be asked for: it sees and stops what belongs to others.
const usualScopes: readonly Scope[] = ['submit', 'read'];

/** Who may use HTTP, and what they did. */
export const addTokenCommands: AddCommand = (program, { terminal, exitWith }) => {
  const token = program.command('token').summary('manage tokens for the HTTP API');

  withRedis(token.command('create'))
    .summary('create a token')
    .description('Prints a new token. It is shown only once; the agent keeps a hash of it.')
    .option('--tenant <name>', 'team or customer the token is for; it sees only what belongs to this tenant', 'default')
    .addOption(
      new Option(
        '--scope <scope...>',
        'submit: send, cancel and delete; read: lists, logs and files; operate: for operators, of all tenants: agents, pause, images, metrics, audit; admin: the executions of other tenants, and tokens over HTTP',
      )
        .choices(scopes)
        .default(usualScopes, usualScopes.join(' ')),
    )
    .addOption(new Option('--name <text>', 'note about its purpose').default('', 'none'))
    .option('--expires <time>', 'valid for 30s, 12h, 90d (default: for ever)', parseSeconds)
    .addHelpText(
      'after',
      examples(
        'exec-agent token create --tenant research',
        'exec-agent token create --tenant ci --expires 90d',
        'exec-agent token create --scope submit read operate',
        'exec-agent token create --scope submit read operate admin',
      ),
    )
    .action(async (flags: CreateFlags) => {
      const { createToken } = await import('../../tokens/manage-tokens.ts');
      exitWith(await createToken(terminal, flags));
    });

  withRedis(token.command('list'))
    .summary('list the tokens, oldest first')
    .option('--limit <number>', 'maximum number of rows', parseRows, tokensOnPage.usual)
    .option('--cursor <cursor>', 'cursor that the previous page printed')
    .option('--json', 'print JSON')
    .action(async (flags: ListFlags) => {
      const { listTokens } = await import('../../tokens/manage-tokens.ts');
      exitWith(await listTokens(terminal, flags));
    });

  withRedis(token.command('revoke'))
    .summary('revoke a token immediately')
    .argument('<id>', 'id of the token, as "token list" shows it')
    .action(async (id: string, flags: SettingFlags) => {
      const { revokeToken } = await import('../../tokens/manage-tokens.ts');
      exitWith(await revokeToken(id, terminal, flags));
    });

  withRedis(token.command('sessions'))
    .summary('list where somebody is logged in to the dashboard with a token, or end that')
    .argument('<id>', 'id of the token, as "token list" shows it')
    .option('--close', 'log out everywhere; the token stays valid')
    .option('--json', 'print JSON')
    .action(async (id: string, flags: SessionFlags) => {
      const { manageSessions } = await import('../../tokens/manage-sessions.ts');
      exitWith(await manageSessions(id, terminal, flags));
    });

  withRedis(program.command('audit'))
    .summary('print the audit log of the HTTP API, newest first')
    .option('--limit <number>', 'maximum number of entries', parseRows, 50)
    .option('--json', 'print JSON')
    .action(async (flags: AuditFlags) => {
      const { showAudit } = await import('../../tokens/show-audit.ts');
      exitWith(await showAudit(terminal, flags));
    });
};
