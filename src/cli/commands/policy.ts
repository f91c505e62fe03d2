import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { PolicyTestFlags } from '../policy/test-policy.ts';

export const addPolicyCommand: AddCommand = (program, { terminal, exitWith }) => {
  const policy = program
    .command('policy')
    .summary('check the policy file, and what it says of requests')
    .description('Looks at the policy that EXEC_POLICY_FILE names, and at the settings where it says nothing.')
    .enablePositionalOptions();

  policy
    .command('test')
    .description(
      'Tell for each rule what it says of a request. Exit code: 0 when it is admitted, 1 when it is refused.',
    )
    .argument('<request>', 'a request as JSON; "-" reads standard input')
    .option('--policy <file>', 'policy file (EXEC_POLICY_FILE)')
    .option('--tenant <name>', 'whom the request comes from', 'default')
    .option('--digest <digest>', 'judge the image as if its name stood for this sha256:…')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'exec-agent policy test request.json',
        'exec-agent policy test request.json --policy policy.yaml --tenant research',
      ),
    )
    .action(async (request: string, flags: PolicyTestFlags) => {
      const { testPolicy } = await import('../policy/test-policy.ts');
      exitWith(await testPolicy(request, terminal, flags));
    });
};
