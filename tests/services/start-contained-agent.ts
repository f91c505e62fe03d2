import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { environmentOf } from '../agent/environment-of.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const listSchema = z.array(z.string()).default([]);
const composeSchema = z.object({
  services: z.object({
    agent: z.object({
      network_mode: z.string().optional(),
      pid: z.string().optional(),
      read_only: z.literal(true).optional(),
      cap_add: listSchema,
      security_opt: listSchema,
      tmpfs: listSchema,
      volumes: listSchema,
    }),
  }),
});

/** What grants what each runtime needs. The volumes of the first are the paths of a deployment; tests have others. */
const composeFiles = { docker: ['compose.yaml'], oci: ['compose.yaml', 'compose.oci.yaml'] } as const;
/** What the image of the agent has for them, and that of the tests has not. */
const machineFiles = { docker: [process.execPath], oci: [process.execPath, '/usr', '/etc/containers'] } as const;

/**
 * Serves as an agent with that configuration from a container that gets what the compose files grant, and no more; the
 * program and what it runs are those of this machine.
 * @returns what stops it
 */
export async function startContainedAgent(runtime: 'docker' | 'oci', config: Config): Promise<() => Promise<void>> {
  const { host } = inject('docker');
  const name = `agent-${randomUUID()}`;
  const variables = { ...environmentOf(config), EXEC_RUNTIME: runtime, DOCKER_HOST: host, LOG_LEVEL: 'info' };
  const grants = await Promise.all(composeFiles[runtime].map(readGrants));
  const child = spawn(
    'docker',
    [
      ...['--host', host, 'run', '--rm', '--name', name, ...grants.flat()],
      ...[...machineFiles[runtime], repository].flatMap((path) => bind(path, 'readonly')),
      ...[host.slice('unix://'.length), config.dataDir].flatMap((path) => bind(path)),
      ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...['--workdir', repository, 'python:3.9-slim', process.execPath, 'dist/cli/main.js', 'serve'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const said: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('ready for requests')) resolve();
    });
    ended.then(() => reject(new Error(`the agent in a container has ended:\n${said.slice(-20).join('\n')}`)), reject);
  });
  // An end after it was ready is the one that is asked for.
  ready.catch(() => undefined);
  await ready;
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

async function readGrants(file: string): Promise<readonly string[]> {
  const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  const { agent } = composeSchema.parse(parse(text)).services;
  const own = file === 'compose.yaml' ? [] : agent.volumes;
  return [
    ...(agent.network_mode === undefined ? [] : ['--network', agent.network_mode]),
    ...(agent.pid === undefined ? [] : ['--pid', agent.pid]),
    ...(agent.read_only === undefined ? [] : ['--read-only']),
    ...agent.cap_add.flatMap((capability) => ['--cap-add', capability]),
    ...agent.security_opt.flatMap((option) => ['--security-opt', option]),
    ...agent.tmpfs.flatMap((path) => ['--tmpfs', path]),
    ...own.flatMap((volume) => ['--volume', volume]),
  ];
}

function bind(path: string, access?: 'readonly'): readonly string[] {
  return ['--mount', ['type=bind', `source=${path}`, `target=${path}`, ...(access ? [access] : [])].join(',')];
}
