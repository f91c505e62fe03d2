import { join } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import { type ImageReference, repositoryOf } from '../../support/image-reference.ts';
import { saveFromDocker } from './docker-engine-images.ts';
import { explainPullFailure } from './explain-pull-failure.ts';
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

export interface CopiedImage {
  /** The layout's directory. */
  readonly layout: string;
  /** What the registry calls the image; absent: it came from somewhere else. */
  readonly digest?: string;
}

/**
 * Copies an image into an OCI layout. A registry is first asked which digest the tag stands for, and that is what is
 * copied: a tag that moves meanwhile changes nothing.
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
 */
export async function copyImage(job: CopyJob, tools: ImageTools): Promise<CopiedImage> {
  const { reference, directory } = job;
  const layout = join(directory, 'layout');
  const copy = (source: string, flags: readonly string[] = []) =>
    runSkopeo(['copy', ...flags, source, `oci:${layout}:${layoutTag}`], job, tools);
  const local = job.source ?? (await saveLocally(job, tools));
  if (local !== undefined) {
    await copy(local);
    return { layout };
  }
  const digest = reference.digest ?? (await askForDigest(job, tools));
  await copy(`docker://${repositoryOf(reference.canonical)}@${digest}`, registryFlags('src-', reference, tools));
  return { layout, digest };
}

async function askForDigest(job: CopyJob, tools: ImageTools): Promise<string> {
  const { reference } = job;
  const flags = ['--no-tags', '--format', '{{.Digest}}', ...registryFlags('', reference, tools)];
  const output = await runSkopeo(['inspect', ...flags, `docker://${reference.canonical}`], job, tools);
  const digest = /^sha256:[0-9a-f]{64}$/m.exec(output)?.[0];
  if (digest !== undefined) return digest;
  throw new ExecError(
    'IMAGE_PULL_FAILED',
    `The registry ${reference.registry} did not say which digest ${reference.familiar} has.`,
  );
}

async function runSkopeo(args: readonly string[], job: CopyJob, tools: ImageTools): Promise<string> {
  const { reference, signal, onStatus } = job;
  const options = { environment: tools.environment, signal, onLine: onStatus };
  const { code, output } = await runProgram([await tools.find('skopeo'), ...args], options);
  if (code !== 0) throw explainPullFailure(reference.familiar, reference.registry, output);
  return output;
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

/** @param prefix of the names of skopeo's options */
function registryFlags(
  prefix: '' | 'src-',
  { registry }: ImageReference,
  { registries }: ImageTools,
): readonly string[] {
  const insecure = isLoopback(registry) || (registries.insecure?.includes(registry) ?? false);
  const authFile = registries.authFile === undefined ? [] : [`--${prefix}authfile`, registries.authFile];
  return [...authFile, ...(insecure ? [`--${prefix}tls-verify=false`] : [])];
}

/** Docker, too, takes a registry on this machine without a certificate. */
function isLoopback(registry: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/.test(registry);
}
