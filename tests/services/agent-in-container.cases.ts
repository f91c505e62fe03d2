import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { executionResponseSchema } from '../../src/wire/response.ts';
import { runCommand } from '../parts/run-command.ts';
import { answerData } from './answer-data.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What such an agent needs beside the engine's socket, as its compose file grants it. */
const granted = ['--pid', 'host', '--cap-add', 'SYS_ADMIN', '--cap-add', 'SYS_PTRACE'];

export function agentInContainerCases(): void {
  it('answer also when the agent itself is in a container, with what that needs', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agent-in-container-'));
    const channels = { requestChannel: `${randomUUID()}-requests`, responseChannel: `${randomUUID()}-responses` };
    const data = await answerData(channels.requestChannel, channels.responseChannel);
    const redis = new URL(inject('redisUrl'));
    const script = [
      "wget -q -O - --post-data='{}' http://host.docker.internal:9000/data/query | grep -c success",
      `nc -w 2 127.0.0.1 ${redis.port} </dev/null || echo nothing else`,
    ].join('; ');
    const container = { image: 'alpine:latest', command: ['sh', '-c', script] };
    await writeFile(join(directory, 'request.json'), JSON.stringify({ container, service_access: ['data'] }));
    const { host } = inject('docker');
    const variables = {
      EXEC_RUNTIME: 'docker',
      EXEC_DATA_DIR: directory,
      DOCKER_HOST: host,
      REDIS_URL: redis.href,
      EXEC_SERVICES: JSON.stringify({ data: { kind: 'redis', ...channels } }),
    };
    try {
      const output = await runCommand(
        'docker',
        ...['--host', host, 'run', '--rm', '--network', 'host', ...granted],
        ...bind(process.execPath, 'readonly'),
        ...bind(repository, 'readonly'),
        ...bind(host.slice('unix://'.length)),
        ...bind(directory),
        ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        ...['--workdir', repository, 'python:3.9-slim', process.execPath, 'dist/cli/main.js'],
        ...['run', join(directory, 'request.json'), '--json'],
      );
      const { result } = executionResponseSchema.parse(JSON.parse(output));
      expect(result?.output).toContain('1\n');
      expect(result?.output).toContain('nothing else\n');
      expect(result?.metadata.services?.data?.calls).toBe(1);
    } finally {
      data.disconnect();
      await rm(directory, { recursive: true });
    }
  });
}

function bind(path: string, access?: 'readonly'): readonly string[] {
  return ['--mount', ['type=bind', `source=${path}`, `target=${path}`, ...(access ? [access] : [])].join(',')];
}
