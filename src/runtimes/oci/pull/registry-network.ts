import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ExecError } from '../../../support/exec-error.ts';
import { isLoopbackHost } from '../../../support/net/loopback-host.ts';
import { listenInNamespace } from '../../network/listen-in-namespace.ts';
import { loopbackCommand, type NetworkTools } from '../../network/network-tools.ts';
import { createPlaceJudge } from '../../registries/judge-place.ts';
import type { ImageSource } from '../../registries/registry-access.ts';
import { createJudgedProxy, type JudgedProxy } from './judged-proxy.ts';

/** A network in which a program reaches one registry, and what that may send its readers to. */
export interface RegistryNetwork extends Pick<JudgedProxy, 'refusal' | 'problem'> {
  /** Comes before the program and its arguments. */
  readonly command: readonly string[];
  /** Of the program, besides its own. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const timeoutMs = 60_000;
const inside = '127.0.0.1';
const proxyPorts = [3128, 3129, 3130] as const;

/**
 * Makes a network namespace whose loopback has a proxy and, for a registry on the loopback of this host, that registry: programs
 * do not use a proxy for loopback, so nothing else of this host is in their reach.
 * @throws ExecError RUNTIME_UNAVAILABLE; the signal's reason
 */
export async function openRegistryNetwork(
  source: ImageSource,
  tools: NetworkTools,
  signal: AbortSignal,
): Promise<RegistryNetwork> {
  const proxy = createJudgedProxy(createPlaceJudge(source));
  const holder = await holdNamespace(tools);
  const servers: Server[] = [];
  const close = async () => {
    for (const server of servers) server.close();
    proxy.close();
    await holder.end();
  };
  const listen = async (address: string, port: number, onConnection: (socket: Socket) => void) => {
    const netns = holder.netns;
    servers.push(await listenInNamespace({ tools, netns, address, port, onConnection, timeoutMs, signal }));
  };
  try {
    const local = localPorts(source.registry);
    const proxyPort = proxyPorts.find((port) => !local.some((each) => each.port === port)) ?? proxyPorts[0];
    await listen(inside, proxyPort, proxy.accept);
    for (const { host, address, port } of local)
      await listen(address, port, (socket) => proxy.tunnel(socket, host, port));
    const url = `http://${inside}:${proxyPort}`;
    return {
      command: [tools.nsenter, `--net=${holder.netns}`, '--'],
      environment: { HTTP_PROXY: url, HTTPS_PROXY: url, http_proxy: url, https_proxy: url, NO_PROXY: '', no_proxy: '' },
      refusal: proxy.refusal,
      problem: proxy.problem,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where a registry on the loopback of this host listens, and where it is to be found in the namespace. */
function localPorts(registry: string) {
  const { hostname, port } = new URL(`https://${registry}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!isLoopbackHost(host)) return [];
  const address = host === 'localhost' ? inside : host;
  // Without a port it may have TLS or none.
  const ports = port === '' && !registry.endsWith(':443') ? [443, 80] : [Number(port || '443')];
  return ports.map((each) => ({ host, address, port: each }));
}

/** A process that has the namespace as long as this one lives. */
async function holdNamespace(tools: NetworkTools) {
  const script = '"$@" && echo up && exec cat';
  const args = ['--net', '--', 'sh', '-c', script, 'sh', ...loopbackCommand(tools)];
  const child = spawn(tools.unshare, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 1000);
  });
  child.stdin.on('error', () => undefined);
  const end = async () => {
    child.stdin.end();
    child.kill('SIGKILL');
    await ended;
  };
  const isUp = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (isUp) return { netns: `/proc/${child.pid}/ns/net`, end };
  await end();
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `No network can be made in which images are pulled: ${said.trim() || 'unshare cannot be run'}.`,
  );
}
