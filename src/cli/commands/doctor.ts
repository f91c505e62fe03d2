import type { AddCommand } from '../command-context.ts';
import { examples } from '../command-context.ts';
import type { DoctorFlags } from '../doctor/run-doctor.ts';

export const addDoctorCommand: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('doctor')
    .summary('check this machine and say what to do')
    .description(
      'Checks what the agent needs on this machine: runtimes and why one is chosen, Redis, object store, data directory,\n' +
        'safety features. Every problem comes with its cure. Exit code: 1 when nothing can run here.',
    )
    .option('--json', 'print JSON')
    .option('--install', 'install what is missing (Debian or Ubuntu, as root)')
    .option('--runtime <name>', 'docker, oci or auto (EXEC_RUNTIME)')
    .option('--redis <url>', 'Redis to check (REDIS_URL)')
    .option('--data-dir <dir>', 'data directory to check (EXEC_DATA_DIR)')
    .addHelpText('after', examples('exec-agent doctor', 'sudo exec-agent doctor --install'))
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      exitWith(await runDoctor(terminal, flags));
    });
};
