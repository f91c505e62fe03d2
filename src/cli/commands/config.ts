import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { ConfigFlags } from '../show-config.ts';

export const addConfigCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('config')
    .summary('list every setting, its value and where it comes from')
    .description(
      'Lists every setting with its value and source. Command line stands above environment, above .env, above the\n' +
        'YAML file that EXEC_CONFIG names (keys as in the list), above defaults. Secrets are shown as "(set)".',
    )
    .option('--json', 'print JSON')
    .option('--changed', 'only what is not the default')
    .addHelpText('after', examples('exec-agent config --changed', 'EXEC_CONFIG=agent.yaml exec-agent config --json'))
    .action(async (flags: ConfigFlags) => {
      const { showConfig } = await import('../show-config.ts');
      exitWith(await showConfig(terminal, flags));
    });
};
