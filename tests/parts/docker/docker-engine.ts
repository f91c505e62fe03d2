import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { becomesTrue } from '../poll.ts';
import { findFreePort } from '../processes/free-port.ts';
import { processesNaming } from '../processes/processes-naming.ts';
import { runCommand } from '../processes/run-command.ts';
import { DaemonEnded, startDaemon } from '../processes/start-daemon.ts';
import type { DockerParts } from '../provided.ts';
import { createDockerApi, type DockerApi } from './docker-api.ts';
import { makeDockerCertificates } from './docker-certificates.ts';

export interface DockerEngine extends DockerParts {
  readonly api: DockerApi;
  readonly pid: number;
  stop(): Promise<void>;
  /**
   * Ends the engine by that signal and starts it again with what it had. With `live-restore` among its settings what
   * runs goes on. Only for an engine that has its cache directory to itself: nothing holds its data root meanwhile.
   * @param whileAway is waited for before it starts again
   */
  restart(signal: NodeJS.Signals, whileAway?: () => Promise<void>): Promise<void>;
}

export interface EngineOptions {
  /** For sockets, certificates, logs and all that ends with the engine. */
  readonly directory: string;
  /** Holds data roots that outlive the engine, so that images need not be loaded again. */
  readonly cacheDirectory: string;
  readonly cgroupParent: string;
  /** Who makes its groups; absent: the engine. */
  readonly cgroupDriver?: 'cgroupfs' | 'systemd';
  /**
   * As on a machine of its own: a network with nothing but loopback, and the engine's socket at /var/run/docker.sock for
   * programs that enter the namespaces of its process.
   */
  readonly apart?: boolean;
  /** Its daemon.json. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Two engines cannot share a data root: each takes the first that no other holds. */
const dataRoots = 8;
const lockIsHeld = 75;

/** A Docker Engine beside the one of the host, if any: they share nothing, not even containerd. */
export async function startDockerEngine(options: EngineOptions): Promise<DockerEngine> {
  const { directory, cacheDirectory } = options;
  await mkdir(directory, { recursive: true });
  await mkdir(cacheDirectory, { recursive: true });
  const certificates = await makeDockerCertificates(join(directory, 'certificates'));
  for (let number = 0; number < dataRoots; number++) {
    const dataRoot = join(cacheDirectory, `docker-${number}`);
    try {
      return await startOn(dataRoot, certificates, options);
    } catch (error) {
      if (!(error instanceof DaemonEnded) || error.exitCode !== lockIsHeld) throw error;
    }
  }
  throw new Error(`${dataRoots} test runs are using the data roots in ${cacheDirectory}; wait for one to end`);
}

// The engine mounts its data root on itself; one that was killed leaves that mount, and all below it. One that is
// started again finds the file systems of what still runs there.
const startScript = `
[ -z "$0" ] || umount --quiet --lazy "$0"
setpriv --pdeathsig TERM containerd --config "$1" &
shift
exec "$@"`;

// What it writes below /var/lib goes with it.
const apartScript = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib || exit 1
ln -s "$0/docker.sock" /run/docker.sock
mkdir /var/lib/exec-agent
ip link set lo up
exec "$@"`;

async function startOn(
  dataRoot: string,
  certificates: { readonly server: string; readonly client: string },
  options: EngineOptions,
): Promise<DockerEngine> {
  const { directory } = options;
  const socket = join(directory, 'docker.sock');
  const tlsPort = await findFreePort();
  const containerd = await writeContainerdConfig(directory, dataRoot);
  await writeFile(join(directory, 'daemon.json'), JSON.stringify(options.settings ?? {}));
  const dockerd = dockerdCommand(dataRoot, containerd.socket, {
    socket,
    tlsPort,
    certificates: certificates.server,
    options,
  });
  const api = createDockerApi(socket);
  const start = (program: string, ...args: string[]) =>
    startDaemon({ program, args, logFile: join(directory, 'dockerd.log'), isReady: () => api.ping() });
  const script = (mounted: string) => ['-c', startScript, mounted, containerd.configFile, ...dockerd];
  // The lock's file stays open in the engine and its children: it is free when the last of them has ended.
  const lock = ['--nonblock', '--no-fork', '--conflict-exit-code', String(lockIsHeld), `${dataRoot}.lock`];
  let wasRestarted = false;
  const apart = options.apart === true ? ['unshare', '--mount', '--net', 'sh', '-c', apartScript, directory] : [];
  let daemon = await start('flock', ...lock, ...apart, 'sh', ...script(join(dataRoot, 'docker')));
  return {
    host: `unix://${socket}`,
    tlsHost: `tcp://127.0.0.1:${tlsPort}`,
    certDir: certificates.client,
    api,
    get pid() {
      return daemon.pid;
    },
    async stop() {
      await daemon.stop();
      await unmountHostNetwork(directory);
      // One that found its data root mounted already does not take that away.
      if (wasRestarted)
        await runCommand('umount', '--quiet', '--lazy', join(dataRoot, 'docker')).catch(() => undefined);
      wasRestarted = false;
    },
    async restart(signal, whileAway) {
      wasRestarted = true;
      await daemon.stop(signal);
      if (!(await becomesTrue(async () => (await processesNaming(containerd.configFile)).length === 0, endsWithinMs)))
        throw new Error(`the containerd of ${directory} did not end with its engine`);
      await whileAway?.();
      daemon = await start('sh', ...script(''));
    },
  };
}

/** An engine that gave a container the machine's own network leaves that bound to a file. */
async function unmountHostNetwork(directory: string): Promise<void> {
  const path = join(directory, 'exec/netns/default');
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  if (mounts.includes(` ${path} `)) await runCommand('umount', path);
}

const endsWithinMs = 30_000;

async function writeContainerdConfig(directory: string, dataRoot: string) {
  const socket = join(directory, 'containerd.sock');
  const configFile = join(directory, 'containerd.toml');
  const lines = [
    'version = 2',
    `root = "${join(dataRoot, 'containerd')}"`,
    `state = "${join(directory, 'containerd')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\naddress = "${socket}"`,
    '[debug]\nlevel = "warn"',
  ];
  await writeFile(configFile, `${lines.join('\n')}\n`);
  return { socket, configFile };
}

interface DockerdPlace {
  readonly socket: string;
  readonly tlsPort: number;
  readonly certificates: string;
  readonly options: EngineOptions;
}

function dockerdCommand(dataRoot: string, containerdSocket: string, place: DockerdPlace): readonly string[] {
  const { directory, cgroupParent, cgroupDriver = 'cgroupfs' } = place.options;
  const at = (name: string) => join(directory, name);
  const certificate = (name: string) => join(place.certificates, name);
  return [
    ...['dockerd', '--config-file', at('daemon.json'), '--containerd', containerdSocket, '--log-level', 'warn'],
    ...['--data-root', join(dataRoot, 'docker'), '--exec-root', at('exec'), '--pidfile', at('dockerd.pid')],
    ...['--host', `unix://${place.socket}`, '--host', `tcp://127.0.0.1:${place.tlsPort}`, '--tlsverify'],
    ...['--tlscacert', certificate('ca.pem'), '--tlscert', certificate('cert.pem'), '--tlskey', certificate('key.pem')],
    // No bridge and no firewall rule: the machine's own network stays as it is.
    ...['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
    ...['--exec-opt', `native.cgroupdriver=${cgroupDriver}`, '--cgroup-parent', cgroupParent],
  ];
}
