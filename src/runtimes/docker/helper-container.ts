import { Readable } from 'node:stream';
import { repositoryOf } from '../../support/image-reference.ts';
import { type Answer, type Engine, valueOrThrow } from './connect-engine.ts';
import type { Mount } from './container-body.ts';
import { createdSchema } from './engine-schemas.ts';

const repository = 'exec-agent/helper';
const tag = '1';
// Two empty blocks: an archive of nothing.
const emptyTar = Buffer.alloc(1024);

/** Whether it is the image of our helpers. */
export function isHelperImage(reference: string): boolean {
  return repositoryOf(reference) === repository;
}

/**
 * Creates a container that is never started: the archive API reaches its mounts, also those that the containers which do
 * run see read-only. Its image is empty, made here and needs no registry.
 * @returns its id, or the engine's refusal
 */
export async function createHelper(
  engine: Engine,
  mounts: readonly Mount[],
  labels: Readonly<Record<string, string>>,
): Promise<Answer<string>> {
  const first = await create(engine, mounts, labels);
  if (first.ok || first.status !== 404) return first;
  await importHelperImage(engine);
  return create(engine, mounts, labels);
}

async function create(
  engine: Engine,
  mounts: readonly Mount[],
  labels: Readonly<Record<string, string>>,
): Promise<Answer<string>> {
  const json = {
    Image: `${repository}:${tag}`,
    Cmd: ['never-started'],
    Labels: labels,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none', Mounts: mounts },
  };
  const answer = await engine.ask({ method: 'POST', path: '/containers/create', json }, createdSchema);
  return answer.ok ? { ok: true, value: answer.value.Id } : answer;
}

async function importHelperImage(engine: Engine): Promise<void> {
  const query = { fromSrc: '-', repo: repository, tag };
  const request = { method: 'POST', path: '/images/create', query, tar: Readable.from([emptyTar]) } as const;
  valueOrThrow(await engine.tell(request), 'import the image of the helper');
}
