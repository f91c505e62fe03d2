import { join } from 'node:path';
import { makeOnce } from '../../parts/make-once.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { clusterCacheDirectory, goEnvironment, kubernetesVersion, requireGo } from './build-programs.ts';

const helmVersion = '3.22.0';

/**
 * Builds Helm from its Go module, once on this host.
 * @returns the program
 * @throws Error that names what is missing and how to install it
 */
export async function buildHelm(tell: (line: string) => void): Promise<string> {
  const cache = clusterCacheDirectory();
  const directory = await makeOnce(join(cache, `helm-${helmVersion}-${process.arch}`), async (target) => {
    await requireGo();
    tell(`Building Helm ${helmVersion} in ${cache}, once on this host; it takes about two minutes`);
    const install = ['go', 'install', '-trimpath', '-ldflags', `-s -w ${versionFlags()}`];
    const module = `helm.sh/helm/v3/cmd/helm@v${helmVersion}`;
    await runCommand('nice', '-n', '10', 'env', ...goEnvironment(cache, target), ...install, module);
  });
  return join(directory, 'helm');
}

/** Without these it takes every cluster that it does not ask for one of version 1.20. */
function versionFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const values = {
    'internal/version.version': `v${helmVersion}`,
    'pkg/chartutil.k8sVersionMajor': major,
    'pkg/chartutil.k8sVersionMinor': minor,
    'pkg/lint/rules.k8sVersionMajor': major,
    'pkg/lint/rules.k8sVersionMinor': minor,
  };
  return Object.entries(values)
    .map(([name, value]) => `-X helm.sh/helm/v3/${name}=${value}`)
    .join(' ');
}
