import { randomUUID } from 'node:crypto';
import { rename, unlink } from 'node:fs/promises';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { openBeneath, pathAt } from '../../workspace/beneath/open-beneath.ts';
import { makeDirectoriesBeneath, writeBeneath } from '../../workspace/beneath/write-beneath.ts';
import { chunksOf, type ObjectBody } from '../object-body.ts';
import type { ObjectInfo } from '../object-store.ts';
import type { ObjectPath } from './object-path.ts';
import { inTheWay, notAnObject, unavailable, whenUnavailable } from './store-errors.ts';
import { incoming } from './sweep-incoming.ts';

/** How often an object's directory is made again after a removal took it away, empty, at the same moment. */
const maxMoves = 10;

/** Writes the bytes to a file that nobody sees, then moves it into its place, so that an object is there whole or not at all. */
export async function putObject(
  root: string,
  path: ObjectPath,
  body: ObjectBody,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  const part = Buffer.from(randomUUID());
  const size = await writePart(root, part, body, signal);
  await moveIntoPlace(root, part, path);
  return { name: path.name, size };
}

async function writePart(root: string, part: Buffer, body: ObjectBody, signal: AbortSignal): Promise<number> {
  try {
    return await writeBeneath({
      root,
      parts: [incoming, part],
      source: chunksOf(body),
      mode: 0o600,
      signal,
      sync: true,
    });
  } catch (error) {
    // Anything else is the body's or the signal's own.
    const isOurs = error instanceof ExecError && error.code === 'INTERNAL' && errnoOf(error.cause) !== undefined;
    throw isOurs ? unavailable(error.cause, root) : error;
  }
}

async function moveIntoPlace(root: string, part: Buffer, path: ObjectPath): Promise<void> {
  const { handle: from } = await whenUnavailable(openBeneath(root, [incoming], 'directory'), root);
  if (from === undefined) throw unavailable(new Error(`${incoming.toString()} is gone`), root);
  const source = pathAt(from, part);
  try {
    for (let move = 1; !(await moveOnce(source, root, path)); move += 1)
      if (move >= maxMoves) throw new Error(`the directory of ${path.name} is removed again and again`);
  } catch (error) {
    // Why it could not be moved counts; a file that stays behind is swept later.
    await unlink(source).catch(() => undefined);
    throw explainMove(error, root, path);
  } finally {
    await from.close();
  }
}

/** @returns false when the directory went away in between */
async function moveOnce(source: Buffer, root: string, { parts }: ObjectPath): Promise<boolean> {
  try {
    const directory = await makeDirectoriesBeneath(root, parts.slice(0, -1));
    try {
      await rename(source, pathAt(directory, parts.at(-1) ?? Buffer.of()));
      await directory.sync();
    } finally {
      await directory.close();
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || foundBy(error) === 'nothing') return false;
    throw error;
  }
}

const takenErrors: readonly (string | undefined)[] = ['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'];

function explainMove(error: unknown, root: string, path: ObjectPath): ExecError {
  const found = foundBy(error);
  if (found === 'file' || takenErrors.includes(errnoOf(error))) return inTheWay(path);
  return found === undefined ? unavailable(error, root) : notAnObject(path, found);
}

/** What stood where a directory was wanted, if that is the error. */
function foundBy(error: unknown): string | undefined {
  if (!(error instanceof ExecError)) return undefined;
  const { found } = error.context;
  return typeof found === 'string' ? found : undefined;
}
