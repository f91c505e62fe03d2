import { randomUUID } from 'node:crypto';
import type { Config } from '../../src/agent/config/config-schema.ts';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { createServers, type Servers } from '../parts/proxied.ts';
import { answerData } from './answer-data.ts';
import { type Model, startModel } from './start-model.ts';

/** An agent whose services are there: `data` over Redis, `ai` at a model, `files` behind a secret. */
export interface ServiceBench {
  readonly deployment: TestDeployment;
  readonly servers: Servers;
  readonly model: Model;
  run(script: string, more?: object): Promise<ExecutionResponse>;
  /** The same with Python. */
  runPython(code: string, more?: object): Promise<ExecutionResponse>;
  close(): Promise<void>;
}

export const modelKey = 'sk-never-seen-inside';
export const filesKey = 'files-never-seen-inside';

export interface ServiceBenchOptions {
  /** Starts an agent elsewhere, in place of one in this process, and gives what stops it. */
  readonly agent?: (config: Config) => Promise<() => Promise<void>>;
}

export async function openServiceBench(
  settings: Partial<Config>,
  { agent }: ServiceBenchOptions = {},
): Promise<ServiceBench> {
  const name = randomUUID();
  // Unpacking a large image takes longer than all the rest.
  const pythonImage = settings.runtime === 'oci' ? 'host' : 'python:3.9-slim';
  const servers = createServers();
  const model = await startModel(servers);
  const files = await servers.serve((incoming, response) => {
    if (incoming.headers.authorization !== `Bearer ${filesKey}`) response.statusCode = 401;
    incoming.resume().on('end', () => response.end(`${incoming.method} ${incoming.url}`));
  });
  const data = await answerData(`${name}-requests`, `${name}-responses`);
  const deployment = await openDeployment({
    aiUrl: model.url,
    aiKey: modelKey,
    aiModel: 'small-1',
    hostImage: true,
    // Tests take any port that is free.
    hostPorts: ['1024-65535'],
    services: {
      data: { kind: 'redis', requestChannel: `${name}-requests`, responseChannel: `${name}-responses` },
      files: {
        kind: 'http',
        url: files.url,
        credentials: [{ header: 'Authorization', value: `Bearer ${filesKey}` }],
      },
    },
    ...settings,
  });
  const stop = agent === undefined ? undefined : await agent(deployment.config);
  if (stop === undefined) await deployment.open();
  return {
    deployment,
    servers,
    model,
    run: (script, more = {}) => deployment.run(shell(script, more)),
    runPython: (code, more = {}) =>
      deployment.run({ container: { image: pythonImage, command: ['python3', '-c', code] }, ...more }),
    async close() {
      await stop?.();
      await deployment.close();
      data.disconnect();
      servers.close();
    },
  };
}
