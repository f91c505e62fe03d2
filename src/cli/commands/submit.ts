import type { AddCommand } from '../command-context.ts';
import { examples, exitCodeHelp } from '../command-context.ts';
import { gather, parseSeconds } from '../parse-values.ts';
import type { SubmitFlags } from '../submit/submit.ts';
import { withAgents } from './control/control-options.ts';

export const addSubmitCommand: AddCommand = (program, { terminal, exitWith }) => {
  withAgents(program.command('submit'))
    .summary('send a request to the agents')
    .description(
      'Sends a request and prints the id of its execution. The same request again is the same execution, so a second\n' +
        '"submit --wait" waits for the first; --again runs it once more. With --wait, Ctrl-C cancels the execution.',
    )
    .argument('<file>', 'request as JSON; "-" reads standard input')
    .option('-w, --wait', 'wait for the response and print it as JSON')
    .option(
      '--timeout <seconds>',
      'with --wait, maximum time to wait for the response (default: no limit)',
      parseSeconds,
    )
    .option('--again', 'run it once more, also if the same request was submitted before')
    .option(
      '--placement <key=value>',
      'label that the agent must have, added to the request; several are possible',
      gather,
    )
    .option('--json', 'print the execution as JSON instead of its id')
    .addHelpText('after', exitCodeHelp)
    .addHelpText(
      'after',
      examples(
        'exec-agent submit request.json',
        'exec-agent submit request.json --wait | jq .result.output_files',
        'generate-request | exec-agent submit - --wait --timeout 60',
        'EXEC_URL=https://agent.example.com EXEC_TOKEN=exa_… exec-agent submit request.json',
      ),
    )
    .action(async (file: string, flags: SubmitFlags) => {
      const { submit } = await import('../submit/submit.ts');
      exitWith(await submit(file, terminal, flags));
    });
};
