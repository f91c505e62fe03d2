import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import { parseSeconds } from '../parse-values.ts';
import type { SubmitFlags } from '../submit/submit.ts';

export const addSubmitCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('submit')
    .summary('send a request to the agents')
    .description(
      'Publishes a request on the request channel of the agents.\n' +
        'Exit code: 0 if an agent received it (with --wait: if it succeeded), otherwise 1; 2 if the request is invalid.',
    )
    .argument('<file>', 'request as JSON; "-" reads standard input')
    .option('-w, --wait', 'wait for the response and print it as JSON')
    .option('--timeout <seconds>', 'maximum time to wait for the response', parseSeconds)
    .option('--redis <url>', 'Redis of the agents (REDIS_URL)')
    .option('--data-dir <dir>', 'data directory of an agent on this host, to find its private Redis (EXEC_DATA_DIR)')
    .addHelpText(
      'after',
      examples(
        'exec-agent submit request.json',
        'exec-agent submit request.json --wait | jq .result.output_files',
        'generate-request | exec-agent submit - --wait --timeout 60',
      ),
    )
    .action(async (file: string, flags: SubmitFlags) => {
      const { submit } = await import('../submit/submit.ts');
      exitWith(await submit(file, terminal, flags));
    });
};
