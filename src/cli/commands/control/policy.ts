import type { AddCommand } from '../../command-context.ts';
import { examples } from '../../command-context.ts';
import type { PolicyTestFlags } from '../../policy/test-policy.ts';

export const addPolicyCommand: AddCommand = (program, { terminal, exitWith }) => {
  const policy = program
    .command('policy')
    .summary('show what the policy decides about a request')
    .description(
      'Works with the policy that EXEC_POLICY_FILE names, and with the settings where the policy has no rule.',
    )
    .enablePositionalOptions();

  policy
    .command('test')
    .summary('print what each rule decides about a request')
    .description('Prints what each rule decides about a request. Exit code: 0 if it is admitted, 1 if it is refused.')
    .argument('<request>', 'a request as JSON; "-" reads standard input')
    .option('--policy <file>', 'policy file (EXEC_POLICY_FILE)')
    .option('--tenant <name>', 'tenant that sends the request', 'default')
    .option('--digest <digest>', 'assume that the image has this digest (sha256:…)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'exec-agent policy test request.json',
        'exec-agent policy test request.json --policy policy.yaml --tenant research',
      ),
    )
    .action(async (request: string, flags: PolicyTestFlags) => {
      const { testPolicy } = await import('../../policy/test-policy.ts');
      exitWith(await testPolicy(request, terminal, flags));
    });
};
