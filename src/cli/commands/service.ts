import { fileURLToPath } from 'node:url';
import { codeRoot } from '../../support/files/code-root.ts';
import { type AddCommand, examples } from '../command-context.ts';
import type { InstallFlags, ServiceFlags, UninstallFlags } from '../service/manage-service.ts';

export const addServiceCommand: AddCommand = (program, { terminal, exitWith }) => {
  const service = program
    .command('service')
    .summary('run the agent as a systemd service of this host')
    .description('Installs, removes and shows a systemd service that runs "exec-agent serve". Needs root.');
  const root = ['--root <dir>', 'work below this directory instead of /, without running any program', '/'] as const;

  service
    .command('install')
    .summary('write the unit and the settings, and start the service')
    .description(
      'Writes the unit /etc/systemd/system/exec-agent.service and /etc/exec-agent/exec-agent.env (settings, which are kept if\n' +
        'they exist), and starts the service. Run it again after an update: it updates the unit and restarts the service. Only root\n' +
        'may be able to write the program, Node.js and the directories above them.',
    )
    .option(
      '--user <name>',
      'run as this user, made if it is missing; others than root can use only Docker (default: as installed, or root)',
    )
    .option('--no-start', 'do not enable and start the service')
    .option('--dry-run', 'print what would be written and run')
    .option(...root)
    .addHelpText('after', examples('exec-agent service install --dry-run', 'sudo exec-agent service install'))
    .action(async (flags: InstallFlags) => {
      const { installService } = await import('../service/manage-service.ts');
      exitWith(await installService(fileURLToPath(new URL('cli/main.js', codeRoot)), terminal, flags));
    });

  service
    .command('uninstall')
    .summary('stop the service and remove its unit')
    .description(
      'Stops the service and removes its unit. Running containers continue. Data and changed settings are kept. With --purge\nthe containers end, too.',
    )
    .option(
      '--purge',
      'also end containers, and remove settings, data (/var/lib/exec-agent) and the user that install made',
    )
    .option('--dry-run', 'print what would be removed and run')
    .option(...root)
    .action(async (flags: UninstallFlags) => {
      const { uninstallService } = await import('../service/manage-service.ts');
      exitWith(await uninstallService(terminal, flags));
    });

  service
    .command('status')
    .summary('print whether the service runs')
    .description(
      'Prints whether the systemd service exec-agent.service is installed and runs. Exit code: 0 if it runs, otherwise 1.',
    )
    .option(...root)
    .action(async (flags: ServiceFlags) => {
      const { showServiceStatus } = await import('../service/manage-service.ts');
      exitWith(await showServiceStatus(terminal, flags));
    });
};
