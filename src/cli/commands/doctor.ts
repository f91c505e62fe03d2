import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { DoctorFlags } from '../doctor/run-doctor.ts';

export const addDoctorCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('doctor')
    .summary('check this host and print fixes')
    .description(
      'Checks what the agent needs on this host: runtimes and which one is used, Redis, object store, data directory,\n' +
        'safety features. Prints a fix for each problem. Exit code: 1 if no container can run here.',
    )
    .option('--json', 'print JSON')
    .option('--install', 'install missing parts (Debian or Ubuntu, as root)')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .option('--redis <url>', 'Redis to check (REDIS_URL)')
    .option('--data-dir <dir>', 'data directory to check (EXEC_DATA_DIR)')
    .addHelpText('after', examples('exec-agent doctor', 'sudo exec-agent doctor --install'))
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      exitWith(await runDoctor(terminal, flags));
    });
};
