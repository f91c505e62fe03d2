import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { DemoFlags } from '../demo/run-demo.ts';

export const addDemoCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('demo')
    .summary('run four jobs on this host, from request to response')
    .description(
      'Starts an agent and a private Redis and sends four requests: a graph analysis, a table job over the object\n' +
        'store, a job that fails and one that takes too long. As root on Debian it installs missing parts. It stops and\n' +
        'removes everything it started. Exit code: 0 if all four responses are as expected, otherwise 1.',
    )
    .option('--json', 'one response as JSON per line on stdout, everything else on stderr')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .addHelpText('after', examples('exec-agent demo', 'exec-agent demo --runtime oci --json | jq .error_code'))
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      exitWith(await runDemo(terminal, flags));
    });
};
