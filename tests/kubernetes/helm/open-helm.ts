import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildHelm } from '../cluster/build-helm.ts';
import { runWithInput } from '../cluster/run-with-input.ts';

export const chart = fileURLToPath(new URL('../../../deploy/helm/exec-agent', import.meta.url));

export interface Helm {
  /** Runs Helm with values as JSON on its stdin (`-f -`), and returns its stdout. @throws with its stderr */
  run(args: readonly string[], values?: object): Promise<string>;
  close(): Promise<void>;
}

/** Helm with directories of its own. @param kubeconfig absent: it asks no cluster */
export async function openHelm(kubeconfig?: string): Promise<Helm> {
  const program = await buildHelm((line) => process.stderr.write(`${line}\n`));
  const home = await mkdtemp(join(tmpdir(), 'helm-'));
  const places = ['CACHE', 'CONFIG', 'DATA'].map((name) => `HELM_${name}_HOME=${join(home, name.toLowerCase())}`);
  const environment = ['env', '-u', 'KUBECONFIG', ...places];
  const access = kubeconfig === undefined ? [] : [`KUBECONFIG=${kubeconfig}`];
  return {
    run: (args, values) =>
      runWithInput(
        [...environment, ...access, program, ...args, ...(values === undefined ? [] : ['-f', '-'])],
        JSON.stringify(values ?? {}),
      ),
    close: () => rm(home, { recursive: true, force: true }),
  };
}
