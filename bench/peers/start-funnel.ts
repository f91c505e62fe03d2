import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../../tests/parts/make-once.ts';
import { findFreePort } from '../../tests/parts/processes/free-port.ts';
import { runCommand } from '../../tests/parts/processes/run-command.ts';
import { startDaemon } from '../../tests/parts/processes/start-daemon.ts';
import { cacheDirectory } from '../../tests/parts/start-parts.ts';

const version = 'v0.11.1';

export interface Funnel {
  /** Where it serves GA4GH TES. */
  readonly base: string;
  stop(): Promise<void>;
}

/**
 * A server of Funnel, built once on this machine, which runs its tasks with `docker run`.
 * @param directory for its files
 * @param dockerHost `unix:///…`
 * @throws when it cannot be built or does not start
 */
export async function startFunnel(
  directory: string,
  dockerHost: string,
  tell: (line: string) => void,
): Promise<Funnel> {
  const program = await installFunnel(tell);
  await mkdir(directory, { recursive: true });
  const [http, rpc] = [await findFreePort(), await findFreePort()];
  const config = join(directory, 'funnel.json');
  await writeFile(config, JSON.stringify(configOf(directory, { http, rpc })));
  const origin = `http://127.0.0.1:${http}`;
  const base = `${origin}/v1`;
  // The engine is the bench's own.
  const environment = [`DOCKER_HOST=${dockerHost}`];
  const daemon = await startDaemon({
    program: 'env',
    args: [...environment, program, 'server', 'run', '--config', config],
    logFile: join(directory, 'funnel.log'),
    isReady: () =>
      fetch(`${base}/tasks`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  return { base, stop: () => daemon.stop() };
}

/** @returns the path of the program */
async function installFunnel(tell: (line: string) => void): Promise<string> {
  const directory = await makeOnce(join(cacheDirectory(), `funnel-${version}`), async (target) => {
    tell(`Building Funnel ${version} with go, once on this machine; it takes some minutes`);
    const environment = [`GOBIN=${target}`, 'GOFLAGS=-mod=mod'];
    await runCommand('env', ...environment, 'go', 'install', `github.com/ohsu-comp-bio/funnel@${version}`);
  });
  return join(directory, 'funnel');
}

/** JSON is YAML too. What is not named here has Funnel's own default. */
function configOf(directory: string, ports: { readonly http: number; readonly rpc: number }) {
  return {
    Database: 'boltdb',
    Compute: 'local',
    EventWriters: ['boltdb'],
    Logger: { level: 'error' },
    Server: { HostName: '127.0.0.1', HTTPPort: String(ports.http), RPCPort: String(ports.rpc) },
    RPCClient: { ServerAddress: `127.0.0.1:${ports.rpc}` },
    Worker: { WorkDir: join(directory, 'work') },
    BoltDB: { Path: join(directory, 'funnel.db') },
    LocalStorage: { AllowedDirs: [directory] },
  };
}
