import { type AddCommand, examples } from '../../command-context.ts';
import type { LoginFlags } from '../../contexts/log-in.ts';
import type { ContextFlags } from '../../contexts/manage-contexts.ts';

/** Which agents commands talk to over HTTP. */
export const addLoginCommands: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('login')
    .summary('use an agent over HTTP from now on')
    .description(
      'Checks the URL and the token of an agent, keeps both in a file that only you can read, and makes them the\n' +
        'current context. The token is read from standard input, or asked for on a terminal. EXEC_URL and EXEC_TOKEN do\n' +
        'the same for one command.',
    )
    .argument('<url>', 'address of the HTTP API, such as https://agent.example.com')
    .option('--name <name>', 'name of the context (default: the host of the URL)')
    .option('--no-token', 'for an agent on this host that has no tokens')
    .addHelpText(
      'after',
      examples(
        'exec-agent login https://agent.example.com < token.txt',
        'exec-agent token create | ssh me@laptop exec-agent login https://agent.example.com --name lab',
        'exec-agent login http://127.0.0.1:8082 --no-token',
      ),
    )
    .action(async (url: string, flags: LoginFlags) => {
      const { logIn } = await import('../../contexts/log-in.ts');
      exitWith(await logIn(url, terminal, flags));
    });

  const context = program.command('context').summary('choose among the agents of "exec-agent login"');
  context
    .command('list', { isDefault: true })
    .description('list the contexts; the current one is marked')
    .option('--json', 'print JSON, without tokens')
    .action(async (flags: ContextFlags) => {
      const { listContexts } = await import('../../contexts/manage-contexts.ts');
      exitWith(await listContexts(terminal, flags));
    });
  context
    .command('use')
    .description('make a context the current one; "local" is the Redis of this host')
    .argument('<name>', 'name, as "context list" shows it')
    .action(async (name: string) => {
      const { chooseContext } = await import('../../contexts/manage-contexts.ts');
      exitWith(await chooseContext(name, terminal));
    });
  context
    .command('rm')
    .description('remove a context and its token')
    .argument('<name>', 'name, as "context list" shows it')
    .action(async (name: string) => {
      const { removeContext } = await import('../../contexts/manage-contexts.ts');
      exitWith(await removeContext(name, terminal));
    });
};
