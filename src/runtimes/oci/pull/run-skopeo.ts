import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { runCommand } from '../../../support/processes/run-command.ts';
import { authEntryOf, type Credentials } from '../../registries/credentials.ts';
import { explainPullFailure } from '../../registries/explain-pull-failure.ts';
import type { ImageSource } from '../../registries/registry-access.ts';
import type { ImageTools } from '../image/image-tools.ts';
import { reasonIn } from './reason-in.ts';
import { openRegistryNetwork, type RegistryNetwork } from './registry-network.ts';

export interface SkopeoJob {
  /** For messages. */
  readonly reference: { readonly familiar: string; readonly registry: string };
  /** A directory to work in, which nobody else reads. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onStatus: (status: string) => void;
}

/**
 * Runs skopeo to its end.
 * @returns what it printed
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
 */
export async function runSkopeo(
  args: readonly string[],
  { reference, signal, onStatus }: SkopeoJob,
  tools: ImageTools,
  { credentials, network }: Partial<Pick<SkopeoAccess, 'credentials' | 'network'>> = {},
): Promise<string> {
  const environment = { ...tools.environment, ...network?.environment };
  const command = [...(network?.command ?? []), await tools.find('skopeo'), ...args];
  const { code, output } = await runCommand(command, { environment, signal, onLine: onStatus });
  if (code === 0) return output;
  const refusal = network?.refusal();
  if (refusal !== undefined) throw refusal;
  const { familiar, registry } = reference;
  const reason = network?.problem() ?? reasonIn(output);
  throw explainPullFailure({ reference: familiar, registry, reason, credentials });
}

/** How skopeo is to reach a registry; credentials go through a file, since command lines can be read by all. */
export interface SkopeoAccess {
  /** @param prefix of the names of the options: `src-` for a copy */
  flags(prefix: '' | 'src-'): readonly string[];
  readonly credentials: Credentials | undefined;
  /** Absent: that of the agent. */
  readonly network: RegistryNetwork | undefined;
  close(): Promise<void>;
}

export async function openSkopeoAccess(
  source: ImageSource,
  { directory, signal }: SkopeoJob,
  { registries, network: networkTools }: ImageTools,
): Promise<SkopeoAccess> {
  const { registry, ca, insecure } = source;
  const credentials = await registries.credentialsFor(registry);
  const auths = credentials === undefined ? {} : { [registry]: authEntryOf(credentials) };
  const authFile = join(directory, 'auth.json');
  await writeFile(authFile, JSON.stringify({ auths }), { mode: 0o600 });
  const certificates = ca === undefined ? undefined : await copyAuthority(ca, join(directory, 'certificates'));
  const network = networkTools && (await openRegistryNetwork(source, await networkTools(), signal));
  return {
    credentials,
    network,
    close: async () => network?.close(),
    flags: (prefix) => [
      `--${prefix}authfile`,
      authFile,
      ...(certificates === undefined ? [] : [`--${prefix}cert-dir`, certificates]),
      ...(insecure ? [`--${prefix}tls-verify=false`] : []),
    ],
  };
}

/** skopeo takes every *.crt of a directory. */
async function copyAuthority(file: string, directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    await copyFile(file, join(directory, 'ca.crt'));
    return directory;
  } catch (error) {
    throw new ExecError('IMAGE_PULL_FAILED', `The certificate authority ${file} cannot be read: ${messageOf(error)}.`);
  }
}
