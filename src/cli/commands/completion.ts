import { Argument } from 'commander';
import { type AddCommand, examples } from '../command-context.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const addCompletionCommand: AddCommand = (program, { terminal }) => {
  program
    .command('completion')
    .summary('print a completion script for bash, zsh or fish')
    .description(
      'Prints a script that lets your shell complete commands and options. Load it in the startup file of the shell.',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      examples(
        'source <(exec-agent completion bash)       # in ~/.bashrc',
        'source <(exec-agent completion zsh)        # in ~/.zshrc, after compinit',
        'exec-agent completion fish | source        # in ~/.config/fish/config.fish',
      ),
    )
    .action(async (shell: (typeof shells)[number]) => {
      const { completionScript } = await import('../completion/completion-script.ts');
      terminal.stdout.raw(completionScript(shell, program));
    });
};
