import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startAgentProcess } from './agent-process.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface ServingAgent {
  /** Of its HTTP API. */
  readonly url: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

const readySchema = z.object({ http: z.string() });

/**
 * An agent as `serve` starts it: with a private Redis, OCI containers, and the image `host`, which has a shell and the
 * Python of this machine.
 * @param directory for its data; is made
 */
export async function serveHostImage(directory: string): Promise<ServingAgent> {
  const dataDir = join(directory, 'agent');
  let url = '';
  const agent = startAgentProcess({
    program: [program, 'serve'],
    env: {
      EXEC_RUNTIME: 'oci',
      EXEC_HOST_IMAGE: 'true',
      PORT: '0',
      EXEC_DATA_DIR: dataDir,
      EXEC_MIN_FREE_DISK: '1m',
      EXEC_MIN_FREE_MEMORY: '1m',
    },
    onLine: (line) => {
      if (line.includes('ready for requests')) url = readySchema.parse(JSON.parse(line)).http;
    },
  });
  await agent.ready;
  return {
    url,
    dataDir,
    async stop() {
      agent.kill('SIGTERM');
      await agent.ended;
    },
  };
}
