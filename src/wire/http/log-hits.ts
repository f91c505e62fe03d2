import { z } from 'zod';

/** Lines that one search of a log returns at most. */
export const mostLogHits = 1000;

export const logHitsSchema = z
  .object({
    hits: z.array(
      z.object({
        offset: z.number().int().nonnegative().describe('Where the text begins, in bytes.'),
        line: z.number().int().positive(),
        text: z.string().describe('The line, cut if it is long.'),
      }),
    ),
    next: z.number().int().optional().describe('Pass it as `offset` to search on. Absent: all was searched.'),
  })
  .describe('Lines of an output.');

export type LogHits = z.infer<typeof logHitsSchema>;
