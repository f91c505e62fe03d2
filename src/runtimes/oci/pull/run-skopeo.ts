import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { runCommand } from '../../../support/processes/run-command.ts';
import { authEntryOf, type Credentials } from '../../registries/credentials.ts';
import { explainPullFailure } from '../../registries/explain-pull-failure.ts';
import type { ImageSource } from '../../registries/registry-access.ts';
import type { ImageTools } from '../image/image-tools.ts';
import { reasonIn } from './reason-in.ts';

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
  credentials?: Credentials,
): Promise<string> {
  const options = { environment: tools.environment, signal, onLine: onStatus };
  const { code, output } = await runCommand([await tools.find('skopeo'), ...args], options);
  if (code === 0) return output;
  const { familiar, registry } = reference;
  throw explainPullFailure({ reference: familiar, registry, reason: reasonIn(output), credentials });
}

/** How skopeo is to reach a registry; credentials go through a file, since command lines can be read by all. */
export interface SkopeoAccess {
  /** @param prefix of the names of the options: `src-` for a copy */
  flags(prefix: '' | 'src-'): readonly string[];
  readonly credentials: Credentials | undefined;
}

export async function openSkopeoAccess(
  { registry, ca, insecure }: ImageSource,
  { directory }: SkopeoJob,
  { registries }: ImageTools,
): Promise<SkopeoAccess> {
  const credentials = await registries.credentialsFor(registry);
  const auths = credentials === undefined ? {} : { [registry]: authEntryOf(credentials) };
  const authFile = join(directory, 'auth.json');
  await writeFile(authFile, JSON.stringify({ auths }), { mode: 0o600 });
  const certificates = ca === undefined ? undefined : await copyAuthority(ca, join(directory, 'certificates'));
  return {
    credentials,
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
