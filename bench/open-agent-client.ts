import { createRedisClient, type RedisClient } from '../src/client/index.ts';
import type { BenchParts } from './bench-parts.ts';
import { serveAgent } from './serve-agent.ts';

export interface AgentClient {
  readonly client: RedisClient;
  /** Of both the client and its agent. */
  stop(): Promise<void>;
}

/**
 * An agent of its own and a client of it.
 * @param name unlike that of any other agent of the run
 * @param settings on top of those that keep it apart from others
 */
export async function openAgentClient(
  parts: BenchParts,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<AgentClient> {
  const variables = { ...parts.agentVariables(name), ...settings };
  const agent = await serveAgent(variables);
  try {
    const client = await createRedisClient({
      url: parts.redisUrl,
      requestChannel: variables.EXEC_REQUEST_CHANNEL,
      responseChannel: variables.EXEC_RESPONSE_CHANNEL,
    });
    return {
      client,
      async stop() {
        await client.close();
        await agent.stop();
      },
    };
  } catch (error) {
    await agent.stop();
    throw error;
  }
}
