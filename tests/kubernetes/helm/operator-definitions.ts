import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeOnce } from '../../parts/make-once.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { clusterCacheDirectory, goEnvironment, requireGo } from '../cluster/build-programs.ts';

const version = '0.83.0';
const names = ['prometheusrules', 'servicemonitors'];

/** Files with the definitions of what the Prometheus Operator reads, from its Go module, once on this host. */
export async function findOperatorDefinitions(): Promise<readonly string[]> {
  const cache = clusterCacheDirectory();
  const directory = await makeOnce(join(cache, `prometheus-operator-${version}`), async (target) => {
    await requireGo();
    const module = `github.com/prometheus-operator/prometheus-operator@v${version}`;
    const found = await runCommand('env', ...goEnvironment(cache, target), 'go', 'mod', 'download', '-json', module);
    const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(found));
    for (const name of names)
      await copyFile(
        join(Dir, 'example/prometheus-operator-crd', `monitoring.coreos.com_${name}.yaml`),
        join(target, `${name}.yaml`),
      );
  });
  return names.map((name) => join(directory, `${name}.yaml`));
}
