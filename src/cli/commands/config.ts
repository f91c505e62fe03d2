import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { ConfigFlags } from '../settings/show-config.ts';

export const addConfigCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('config')
    .summary('list every setting with its value and source')
    .description(
      'Lists every setting with its value and source. The command line overrides the environment, then .env, then the\n' +
        'YAML file that EXEC_CONFIG names (keys as in the list), then defaults. Secrets are shown as "(set)".',
    )
    .option('--json', 'print JSON')
    .option('--changed', 'only settings that differ from the default')
    .addHelpText('after', examples('exec-agent config --changed', 'EXEC_CONFIG=agent.yaml exec-agent config --json'))
    .action(async (flags: ConfigFlags) => {
      const { showConfig } = await import('../settings/show-config.ts');
      exitWith(await showConfig(terminal, flags));
    });
};
