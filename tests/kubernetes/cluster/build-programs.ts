import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../src/support/exec-error.ts';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { makeOnce } from '../../parts/make-once.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { compilerParts, installParts, nodeParts } from './install-parts.ts';

/** What the node consists of; the versions of etcd and of the policy judge are in go/go.mod. */
export const kubernetesVersion = '1.36.3';
const containerdVersion = '2.2.9';
const runcVersion = '1.3.7';
const cniVersion = '1.7.1';

const goNeeded = [1, 26] as const;
const source = join(import.meta.dirname, 'go');
const kubeParts = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kubectl',
  'network-policy',
];

/** Where Kubernetes and its caches are kept, about 5 GB; `EXEC_TEST_KUBERNETES_CACHE` names another directory. */
export function clusterCacheDirectory(): string {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return process.env.EXEC_TEST_KUBERNETES_CACHE ?? join(caches, 'exec-agent-tests', 'kubernetes');
}

/**
 * Builds all programs of a node from Go modules, once on this host for each version.
 * @returns the directory that has them
 * @throws Error that names what is missing and how to install it
 */
export async function buildPrograms(tell: (line: string) => void): Promise<string> {
  const cache = clusterCacheDirectory();
  requireRoot();
  await installParts(nodeParts, tell);
  return makeOnce(await programsDirectory(), async (target) => {
    await requireGo();
    await installParts(compilerParts, tell);
    tell(`Building Kubernetes ${kubernetesVersion} in ${cache}, once on this host; it takes about ten minutes`);
    await buildAll(cache, target, tell);
  });
}

/** Why this host can have no cluster, in a sentence; undefined where no reason is known. */
export async function findObstacle(): Promise<string | undefined> {
  try {
    requireRoot();
    if (!existsSync(await programsDirectory())) {
      await requireGo();
      await requireModules();
    }
    await installParts(nodeParts, () => undefined);
    await runCommand(join(import.meta.dirname, 'check-host.sh'));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function programsDirectory(): Promise<string> {
  return join(clusterCacheDirectory(), `programs-${await fingerprint()}`);
}

function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('A cluster needs root: it makes namespaces, mounts and cgroups.');
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  hash.update([kubernetesVersion, containerdVersion, runcVersion, cniVersion, process.arch].join(' '));
  for (const name of (await readdir(source)).filter((file) => /^go[.]|[.]go$/.test(file)).sort())
    hash.update(name).update(await readFile(join(source, name)));
  return hash.digest('hex').slice(0, 12);
}

export async function requireGo(): Promise<void> {
  const needed = goNeeded.join('.');
  const go = await findProgram('go', process.env.PATH ?? '');
  if (go === undefined)
    throw new Error(`Go is not in PATH. The cluster is built from source: install Go ${needed} or later (go.dev/dl).`);
  const version = await runCommand(go, 'env', 'GOVERSION');
  const [major = 0, minor = 0] = /\d+[.]\d+/.exec(version)?.[0].split('.').map(Number) ?? [];
  if (major < goNeeded[0] || (major === goNeeded[0] && minor < goNeeded[1]))
    throw new Error(`${go} is ${version.trim()}. Kubernetes needs Go ${needed} or later: install it (go.dev/dl).`);
}

async function requireModules(): Promise<void> {
  const module = `k8s.io/kubernetes@v${kubernetesVersion}`;
  const list = ['go', 'list', '-mod=mod', '-m', '-json', module];
  await runCommand('env', '-C', source, `GOMODCACHE=${join(clusterCacheDirectory(), 'gomod')}`, ...list);
}

async function buildAll(cache: string, target: string, tell: (line: string) => void): Promise<void> {
  const go = (settings: readonly string[], ...args: string[]) =>
    // Other work on the host comes first.
    runCommand('nice', '-n', '10', 'env', '-C', source, ...goEnvironment(cache, target), ...settings, 'go', ...args);
  const containerd = 'github.com/containerd/containerd/v2/cmd';
  for (const name of ['containerd', 'containerd-shim-runc-v2', 'ctr'])
    await go([], 'install', `${containerd}/${name}@v${containerdVersion}`);
  tell(`containerd ${containerdVersion} is built`);
  await go(['CGO_ENABLED=1'], 'install', '-tags', 'seccomp', `github.com/opencontainers/runc@v${runcVersion}`);
  for (const name of ['main/bridge', 'main/loopback', 'ipam/host-local'])
    await go([], 'install', `github.com/containernetworking/plugins/plugins/${name}@v${cniVersion}`);
  tell(`runc ${runcVersion} is built`);
  await go([], 'build', '-trimpath', '-ldflags', `-s -w ${versionFlags()}`, '-o', join(target, 'kube'), '.');
  for (const name of kubeParts) await symlink('kube', join(target, name));
}

export function goEnvironment(cache: string, target: string): readonly string[] {
  return [
    `GOMODCACHE=${join(cache, 'gomod')}`,
    `GOCACHE=${join(cache, 'gocache')}`,
    `GOBIN=${target}`,
    // Modules that only root may remove would stay when the directory is cleared.
    'GOFLAGS=-modcacherw -buildvcs=false',
    'CGO_ENABLED=0',
  ];
}

/** Without these the parts report a version that clients cannot compare. */
function versionFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const fields = {
    gitVersion: `v${kubernetesVersion}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '2026-01-01T00:00:00Z',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap((name) => Object.entries(fields).map(([field, value]) => `-X ${name}.${field}=${value}`))
    .join(' ');
}
