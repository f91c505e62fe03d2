import type { ExecError } from '../support/exec-error.ts';
import { partsOf } from '../workspace/file-name.ts';
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

/** @throws ExecError INVALID_REQUEST for a path in no volume, and for two inputs that cannot both be there */
export function placeFiles(files: readonly InputFile[], roots: WorkspaceRoots): PlacedFile[] {
  const owners = new Map<string, string>();
  const placed = files.map((file) => {
    const place = { ...file, ...placeOf(file, roots) };
    const key = `${place.root}\0${place.relative}`;
    const owner = owners.get(key);
    if (owner !== undefined) throw shared(file, owner);
    owners.set(key, file.origin);
    return place;
  });
  for (const file of placed) refuseFileAbove(file, owners);
  return placed.map(({ relative, ...file }) => ({ ...file, parts: partsOf(relative) }));
}

function placeOf(
  { origin, path }: InputFile,
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
  return place;
}

interface Place extends InputFile {
  readonly root: string;
  readonly relative: string;
}

function refuseFileAbove(file: Place, owners: ReadonlyMap<string, string>): void {
  const { root, relative, origin, path } = file;
  for (let end = relative.lastIndexOf('/'); end !== -1; end = relative.lastIndexOf('/', end - 1)) {
    const owner = owners.get(`${root}\0${relative.slice(0, end)}`);
    if (owner !== undefined)
      throw invalidInput(
        origin,
        `the path ${JSON.stringify(path)} lies below the file that ${owner} brings. Change one of the two paths.`,
      );
  }
}

function shared({ origin, path }: InputFile, owner: string): ExecError {
  const also = owner === origin ? 'brought twice by this input' : `also the path of ${owner}`;
  return invalidInput(origin, `the path ${JSON.stringify(path)} is ${also}. Give each input a path of its own.`);
}
