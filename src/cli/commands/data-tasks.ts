import { Duplex } from 'node:stream';
import type { AddCommand } from '../command-context.ts';

const descriptions = {
  stage: 'Stages inputs into directories here, as an agent orders over standard input and output.',
  collect: 'Collects outputs from directories here, as an agent orders over standard input and output.',
} as const;

/** Internal: what a driver starts beside data that is not on the agent's host. ARCHITECTURE.md describes the protocol. */
export const addDataTasks: AddCommand = (program, { terminal }) => {
  for (const task of ['stage', 'collect'] as const) {
    program
      .command(task, { hidden: true })
      .description(descriptions[task])
      .action(async () => {
        const { serveTasks } = await import('../../keeper/serve-tasks.ts');
        const { lookupHost } = await import('../../support/net/lookup-host.ts');
        const connection = Duplex.from({ readable: terminal.stdin, writable: terminal.output });
        await serveTasks(connection, { tasks: [task], lookup: lookupHost });
      });
  }
};
