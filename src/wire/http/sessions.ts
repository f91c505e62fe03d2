import { z } from 'zod';

export const sessionListSchema = z
  .object({
    sessions: z.array(
      z.object({
        id: z.string(),
        opened_at: z.iso.datetime(),
        used_at: z.iso.datetime().describe('When it was used last, within a minute.'),
        from: z.string().describe('The address that logged in.'),
        user_agent: z.string().describe('What the browser calls itself.'),
        is_current: z.boolean().describe('Whether the request came with its cookie.'),
      }),
    ),
  })
  .describe('Sessions of the dashboard.');

export type SessionList = z.infer<typeof sessionListSchema>;
export type SessionFacts = SessionList['sessions'][number];
