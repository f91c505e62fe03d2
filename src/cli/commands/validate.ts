import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { SettingFlags } from '../settings/load-settings.ts';

export const addValidateCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('validate')
    .summary('check requests without running them')
    .description(
      'Checks requests as an agent would and prints every problem. Exit code: 0 if all are valid, otherwise 2.',
    )
    .argument('<file...>', 'requests as JSON; "-" reads standard input')
    .addHelpText('after', examples('exec-agent validate request.json', 'exec-agent validate examples/*.json'))
    .action(async (files: readonly string[], flags: SettingFlags) => {
      const { validate } = await import('../validate/validate.ts');
      exitWith(await validate(files, terminal, flags));
    });
};
