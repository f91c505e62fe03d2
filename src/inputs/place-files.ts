import type { ExecError } from '../support/exec-error.ts';
import { isTooDeep, maxPathParts } from '../support/files/container-path.ts';
import { compareKeys, findPathBelow, pathKey } from '../support/files/find-path-below.ts';
import { sortInTurns } from '../support/time/sort-in-turns.ts';
import type { Turns } from '../support/time/take-turns.ts';
import { partsOf } from '../workspace/beneath/file-name.ts';
import { resolveInVolumes, type WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import { invalidInput } from './input-errors.ts';
import type { InputFile } from './list-files.ts';

export interface PlacedFile extends InputFile {
  /** The host directory of its volume. */
  readonly root: string;
  /** Its path below that. */
  readonly parts: readonly Buffer[];
}

const longestPart = 255;

/** What placing one file counts for, so that others get a turn after some hundred. */
const stepsPerFile = 200;

/** @throws ExecError INVALID_REQUEST for a path in no volume, and for two inputs that cannot both be there */
export async function placeFiles(
  files: readonly InputFile[],
  roots: WorkspaceRoots,
  turns: Turns,
): Promise<PlacedFile[]> {
  const owners = new Map<string, string>();
  const placed: Place[] = [];
  for (const file of files) {
    if (turns.spend(stepsPerFile)) await turns.rest();
    const place = { ...file, ...placeOf(file, roots) };
    const key = pathKey(`${place.root}/${place.relative}`);
    const owner = owners.get(key);
    if (owner !== undefined) throw shared(file, owner);
    owners.set(key, file.origin);
    placed.push({ ...place, key, parts: partsOf(place.relative) });
  }
  const found = findPathBelow(await sortInTurns(placed, compareKeys, turns));
  if (found !== undefined) throw below(found.item, found.above);
  return placed;
}

/** @throws ExecError INVALID_REQUEST for a path in no volume, or one that cannot be made */
export function placeOf(
  { origin, path }: Pick<InputFile, 'origin' | 'path'>,
  roots: WorkspaceRoots,
): { readonly root: string; readonly relative: string } {
  const place = resolveInVolumes(roots, path);
  if (place === undefined)
    throw invalidInput(
      origin,
      `the path ${JSON.stringify(path)} lies in no volume of this execution. Use one below ${[...roots.keys()].join(' or ')}.`,
    );
  if (place.relative === '')
    throw invalidInput(origin, `the path ${JSON.stringify(path)} is a volume itself. Name a file below it.`);
  if (place.relative.split('/').some((part) => Buffer.byteLength(part) > longestPart))
    throw invalidInput(
      origin,
      `the path ${JSON.stringify(path)} has a part longer than ${longestPart} bytes. Shorten it.`,
    );
  if (isTooDeep(place.relative))
    throw invalidInput(
      origin,
      `the path ${JSON.stringify(path)} has more than ${maxPathParts} parts. Nest the directories less deeply.`,
    );
  return place;
}

interface Place extends PlacedFile {
  readonly key: string;
}

function below({ origin, path }: Place, above: Place): ExecError {
  return invalidInput(
    origin,
    `the path ${JSON.stringify(path)} lies below the file that ${above.origin} provides. Change one of the two paths.`,
  );
}

function shared({ origin, path }: InputFile, owner: string): ExecError {
  const also = owner === origin ? 'given twice by this input' : `also the path of ${owner}`;
  return invalidInput(origin, `the path ${JSON.stringify(path)} is ${also}. Give each input a path of its own.`);
}
