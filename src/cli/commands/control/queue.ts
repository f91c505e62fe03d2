import type { AgentsFlags } from '../../agents/list-agents.ts';
import type { AddCommand } from '../../command-context.ts';
import type { ControlFlags } from '../../control/with-control.ts';
import { withAgents } from './control-options.ts';

/** The agents of a queue, and whether they take work from it. */
export const addQueueCommands: AddCommand = (program, { terminal, exitWith }) => {
  withAgents(program.command('agents'))
    .summary('list the agents that serve the queue')
    .option('--json', 'print JSON')
    .action(async (flags: AgentsFlags) => {
      const { listAgents } = await import('../../agents/list-agents.ts');
      exitWith(await listAgents(terminal, flags));
    });

  withAgents(program.command('pause'))
    .summary('stop taking new work; requests wait in the queue')
    .description(
      'Stops all agents of the queue from taking new work, until "exec-agent resume". What runs goes on; requests wait in the queue.',
    )
    .action(async (flags: ControlFlags) => {
      const { pauseQueue } = await import('../../agents/hold-queue.ts');
      exitWith(await pauseQueue(terminal, flags));
    });

  withAgents(program.command('resume'))
    .summary('take new work again')
    .description('Lets all agents of the queue take new work again, after "exec-agent pause".')
    .action(async (flags: ControlFlags) => {
      const { resumeQueue } = await import('../../agents/hold-queue.ts');
      exitWith(await resumeQueue(terminal, flags));
    });
};
