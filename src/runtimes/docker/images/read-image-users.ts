import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract as createExtract } from 'tar-stream';
import { ExecError } from '../../../support/exec-error.ts';
import { bytesOf } from '../../../workspace/tar/unpack-tar.ts';
import type { ResolvedImage } from '../../runtime.ts';
import type { UserDatabase } from '../../users/resolve-user.ts';
import { removeContainer } from '../container/remove-container.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { createdSchema } from '../engine/engine-schemas.ts';
import { explainRefusal } from '../engine/explain-refusal.ts';

const longestFile = 1024 * 1024;

/**
 * The users and groups of an image, read through a container that is never started. A link in the place of a file is no
 * file: the engine gets numbers, so it has no files of its own to read.
 * @param labels of that container, by which it is found should this agent be killed meanwhile
 * @throws ExecError START_FAILED for files that are too long | IMAGE_NOT_FOUND | RUNTIME_UNAVAILABLE
 */
export async function readImageUsers(
  engine: Engine,
  { id, reference }: ResolvedImage,
  labels: Readonly<Record<string, string>>,
): Promise<UserDatabase> {
  const json = {
    Image: id ?? reference,
    Entrypoint: ['never-started'],
    Labels: labels,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none' },
  };
  const created = await engine.ask({ method: 'POST', path: '/containers/create', json }, createdSchema);
  if (!created.ok) throw explainRefusal(created, reference);
  const { Id } = created.value;
  try {
    const [passwd, group] = await Promise.all([
      readText(engine, Id, '/etc/passwd'),
      readText(engine, Id, '/etc/group'),
    ]);
    return { passwd, group };
  } finally {
    await removeContainer(engine, Id);
  }
}

/** Empty where there is no such file. */
async function readText(engine: Engine, container: string, path: string): Promise<string> {
  const answer = await engine.stream({ method: 'GET', path: `/containers/${container}/archive`, query: { path } });
  if (!answer.ok && answer.status === 404) return '';
  const { body, explain } = valueOrThrow(answer, `read ${path} of an image`);
  try {
    return await onlyFile(body, path);
  } catch (error) {
    throw explain(error);
  } finally {
    body.destroy();
  }
}

async function onlyFile(archive: Readable, path: string): Promise<string> {
  const extract = createExtract();
  let text = '';
  const reading = (async () => {
    for await (const entry of extract) {
      if (entry.header.type !== 'file') entry.resume();
      else text = await readBounded(bytesOf(entry), path);
    }
  })();
  await Promise.all([pipeline(archive, extract), reading]);
  return text;
}

async function readBounded(entry: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > longestFile)
      throw new ExecError(
        'START_FAILED',
        `The image's ${path} is longer than ${longestFile} bytes. Use another image.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
