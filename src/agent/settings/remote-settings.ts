import { z } from 'zod';
import { text } from './config-values.ts';

/** Which agent the command line talks to. */
export const remoteSettings = {
  url: z
    .url({ protocol: /^https?$/, error: 'a URL such as https://agent.example.com' })
    .optional()
    .meta({
      group: 'Command line',
      env: 'EXEC_URL',
      description:
        'HTTP API of the agent that commands such as submit, ps and logs talk to. Unset: the current context ("exec-agent login"), or Redis.',
    }),
  token: text().optional().meta({
    group: 'Command line',
    env: 'EXEC_TOKEN',
    secret: true,
    description: 'Token for EXEC_URL. Unset: the token of the context with that URL, if there is one.',
  }),
  context: text().optional().meta({
    group: 'Command line',
    env: 'EXEC_CONTEXT',
    description: 'Context that commands use, as "exec-agent context list" names it. local: the Redis of this host.',
  }),
};
