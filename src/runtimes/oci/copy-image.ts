import { join } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import { saveFromDocker } from './docker-engine-images.ts';
import { explainPullFailure } from './explain-pull-failure.ts';
import type { ImageReference } from './image-reference.ts';
import type { ImageTools } from './image-tools.ts';
import { runProgram } from './run-program.ts';

export interface CopyJob {
  readonly reference: ImageReference;
  /** A skopeo source, such as `docker-archive:/x.tar`; absent: a local Docker Engine, then the registry. */
  readonly source?: string;
  /** Ask the registry, whatever a local engine has. */
  readonly fromRegistry: boolean;
  /** A directory to work in. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onStatus: (status: string) => void;
}

/** The name that the image has in the layout. */
export const layoutTag = 'image';

/**
 * Copies an image into an OCI layout.
 * @returns the layout's directory
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
 */
export async function copyImage(job: CopyJob, tools: ImageTools): Promise<string> {
  const { reference, directory, signal } = job;
  const layout = join(directory, 'layout');
  const source = job.source ?? (await saveLocally(job, tools)) ?? `docker://${reference.canonical}`;
  const skopeo = await tools.find('skopeo');
  const command = [skopeo, 'copy', ...registryFlags(source, reference, tools), source, `oci:${layout}:${layoutTag}`];
  const { code, output } = await runProgram(command, { environment: tools.environment, signal, onLine: job.onStatus });
  if (code !== 0) throw explainPullFailure(reference.familiar, reference.registry, output);
  return layout;
}

async function saveLocally(job: CopyJob, { dockerHost }: ImageTools): Promise<string | undefined> {
  const { reference, directory, signal, fromRegistry, onStatus } = job;
  if (dockerHost === undefined || fromRegistry) return undefined;
  const file = join(directory, 'docker.tar');
  onStatus('asking the local Docker Engine');
  try {
    return (await saveFromDocker(dockerHost, reference.canonical, file, signal)) ? `docker-archive:${file}` : undefined;
  } catch (error) {
    signal.throwIfAborted();
    throw new ExecError('IMAGE_PULL_FAILED', `The Docker Engine broke off while it sent ${reference.familiar}.`, {
      cause: error,
    });
  }
}

function registryFlags(source: string, { registry }: ImageReference, { registries }: ImageTools): readonly string[] {
  if (!source.startsWith('docker://')) return [];
  const insecure = isLoopback(registry) || (registries.insecure?.includes(registry) ?? false);
  const authFile = registries.authFile === undefined ? [] : ['--src-authfile', registries.authFile];
  return [...authFile, ...(insecure ? ['--src-tls-verify=false'] : [])];
}

/** Docker, too, takes a registry on this machine without a certificate. */
function isLoopback(registry: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/.test(registry);
}
