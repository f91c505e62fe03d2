import { join } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import type { ImageReference } from '../../../support/names/image-reference.ts';
import type { ImageSource } from '../../registries/registry-access.ts';
import type { ImageTools } from '../image/image-tools.ts';
import { saveFromDocker } from './docker-engine-images.ts';
import { openSkopeoAccess, runSkopeo, type SkopeoAccess, type SkopeoJob } from './run-skopeo.ts';

export interface CopyJob extends SkopeoJob {
  readonly reference: ImageReference;
  /** A skopeo source, such as `docker-archive:/x.tar`; absent: a local Docker Engine, then the registry. */
  readonly source?: string;
  /** Ask the registry even if a local Docker Engine has the image. */
  readonly fromRegistry: boolean;
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
 * copied: a tag that moves meanwhile changes nothing. Mirrors are asked before the registry itself.
 * @throws ExecError IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
 */
export async function copyImage(job: CopyJob, tools: ImageTools): Promise<CopiedImage> {
  const layout = join(job.directory, 'layout');
  const local = job.source ?? (await saveLocally(job, tools));
  if (local !== undefined) {
    await runSkopeo(['copy', local, `oci:${layout}:${layoutTag}`], job, tools);
    return { layout };
  }
  for (const source of tools.registries.sourcesOf(job.reference)) {
    try {
      return { layout, digest: await copyFrom(source, layout, job, tools) };
    } catch (error) {
      if (!source.isMirror) throw error;
      job.signal.throwIfAborted();
      job.onStatus(`the mirror ${source.registry} does not have it`);
    }
  }
  throw new ExecError('INTERNAL', `There is no registry for ${job.reference.familiar}.`);
}

/** @returns the digest of what was copied */
async function copyFrom(source: ImageSource, layout: string, job: CopyJob, tools: ImageTools): Promise<string> {
  const access = await openSkopeoAccess(source, job, tools);
  try {
    const digest = job.reference.digest ?? (await askForDigest(source, access, job, tools));
    const from = `docker://${source.repository}@${digest}`;
    const args = ['copy', ...access.flags('src-'), from, `oci:${layout}:${layoutTag}`];
    await runSkopeo(args, job, tools, access);
    return digest;
  } finally {
    await access.close();
  }
}

async function askForDigest(
  { repository, registry }: ImageSource,
  access: SkopeoAccess,
  job: CopyJob,
  tools: ImageTools,
): Promise<string> {
  const { tag, familiar } = job.reference;
  const args = [
    'inspect',
    '--no-tags',
    '--format',
    '{{.Digest}}',
    ...access.flags(''),
    `docker://${repository}:${tag}`,
  ];
  const digest = /^sha256:[0-9a-f]{64}$/m.exec(await runSkopeo(args, job, tools, access))?.[0];
  if (digest !== undefined) return digest;
  throw new ExecError('IMAGE_PULL_FAILED', `The registry ${registry} did not say which digest ${familiar} has.`);
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
