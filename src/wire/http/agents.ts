import { z } from 'zod';

export const agentListSchema = z.object({
  agents: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      version: z.string(),
      runtime: z.string(),
      labels: z
        .record(z.string(), z.string())
        .optional()
        .describe('What `container.placement` of a request can ask for.'),
      slots: z.number().int(),
      busy: z.number().int().describe('Executions it is running.'),
      short: z.string().optional().describe('Why it takes no new work.'),
      started_at: z.iso.datetime(),
      seen_at: z.iso.datetime(),
    }),
  ),
});

export const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  reason: z.string().optional(),
  paused: z.boolean().optional().describe('True while the queue is paused: requests are accepted and wait.'),
});

export type AgentList = z.infer<typeof agentListSchema>;
