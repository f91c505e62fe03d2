import { z } from 'zod';

export const queueStateSchema = z
  .object({
    paused: z.boolean().describe('Whether requests wait until the queue is resumed.'),
    waiting: z.number().int().nonnegative().describe('Executions that wait for an agent.'),
    delayed: z.number().int().nonnegative().describe('Executions that wait for the time of their next attempt.'),
    unplaced: z
      .number()
      .int()
      .nonnegative()
      .optional()
      .describe('Those of `waiting` whose `container.placement` no running agent has.'),
    held: z.number().int().nonnegative().describe('Executions that agents work on.'),
  })
  .describe('The queue.');

export type QueueState = z.infer<typeof queueStateSchema>;
