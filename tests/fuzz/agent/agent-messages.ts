import { z } from 'zod';

const mark = 'fuzz ';

const agentMessageSchema = z.discriminatedUnion('kind', [
  /** The event loop stood still for so long, without the time for which its thread waited for a processor. */
  z.object({ kind: z.literal('delay'), ms: z.number(), withWaitMs: z.number(), processorMs: z.number() }),
  /** After a collection of garbage; MB are 10^6 bytes. */
  z.object({
    kind: z.literal('memory'),
    residentMb: z.number(),
    heapMb: z.number(),
    delayMaxMs: z.number(),
    delayMaxWithWaitMs: z.number(),
    /** The most that the thread of the loop worked between two turns. */
    workMaxMs: z.number(),
  }),
]);

export type AgentMessage = z.infer<typeof agentMessageSchema>;

/** What the agent under test says about itself, as a line of its log. */
export const writeAgentMessage = (message: AgentMessage): string => `${mark}${JSON.stringify(message)}\n`;

export function readAgentMessage(line: string): AgentMessage | undefined {
  return line.startsWith(mark) ? agentMessageSchema.parse(JSON.parse(line.slice(mark.length))) : undefined;
}
