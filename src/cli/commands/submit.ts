import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import { parseSeconds } from '../parse-values.ts';
import type { SubmitFlags } from '../submit.ts';

export const addSubmitCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('submit')
    .summary('publish a request to the agents that listen')
    .description(
      'Publishes a request on the request channel of the Redis that the agents serve.\n' +
        'Exit code: 0 when an agent heard it (with --wait: when it succeeded), 1 when not, 2 when the request is not valid.',
    )
    .argument('<file>', 'request as JSON; "-" reads standard input')
    .option('-w, --wait', 'wait for the answer and print it as JSON')
    .option('--timeout <seconds>', 'how long to wait for the answer', parseSeconds)
    .option('--redis <url>', 'Redis that the agents serve (REDIS_URL)')
    .option('--data-dir <dir>', 'where the private Redis of an agent on this machine is found (EXEC_DATA_DIR)')
    .addHelpText(
      'after',
      examples(
        'exec-agent submit request.json',
        'exec-agent submit request.json --wait | jq .result.output_files',
        'generate-request | exec-agent submit - --wait --timeout 60',
      ),
    )
    .action(async (file: string, flags: SubmitFlags) => {
      const { submit } = await import('../submit.ts');
      exitWith(await submit(file, terminal, flags));
    });
};
