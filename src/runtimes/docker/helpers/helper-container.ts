import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { repositoryOf } from '../../../support/names/image-reference.ts';
import { architectures } from '../../freestanding/read-program.ts';
import type { Mount } from '../container/container-body.ts';
import { type Answer, type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { createdSchema } from '../engine/engine-schemas.ts';
import { pausePath, readPauseProgram } from './pause-program.ts';

const repository = 'exec-agent/helper';
const tag = '2';

/** Whether it is the image of our helpers. */
export function isHelperImage(reference: string): boolean {
  return repositoryOf(reference) === repository;
}

/**
 * Creates a container that is never started: the archive API reaches its mounts, also those that the containers which do
 * run see read-only.
 * @returns its id, or the engine's refusal
 */
export function createHelper(
  engine: Engine,
  mounts: readonly Mount[],
  labels: Readonly<Record<string, string>>,
): Promise<Answer<string>> {
  return createOfHelperImage(engine, {
    Cmd: ['never-started'],
    Labels: labels,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none', Mounts: mounts },
  });
}

/**
 * Creates a container of the helper image, which is made here and needs no registry.
 * @param body of `POST /containers/create`, without the image
 * @returns its id, or the engine's refusal
 */
export async function createOfHelperImage(engine: Engine, body: object): Promise<Answer<string>> {
  const json = { Image: `${repository}:${tag}`, ...body };
  const create = () => engine.ask({ method: 'POST', path: '/containers/create', json }, createdSchema);
  let answer = await create();
  if (!answer.ok && answer.status === 404) {
    await importHelperImage(engine);
    answer = await create();
  }
  return answer.ok ? { ok: true, value: answer.value.Id } : answer;
}

async function importHelperImage(engine: Engine): Promise<void> {
  const query = { fromSrc: '-', repo: repository, tag };
  const tar = pack();
  for (const architecture of architectures)
    tar.entry({ name: pausePath(architecture).slice(1), mode: 0o755 }, await readPauseProgram(architecture));
  tar.finalize();
  const request = { method: 'POST', path: '/images/create', query, tar: Readable.from(tar) } as const;
  valueOrThrow(await engine.tell(request), 'import the image of the helper');
}
