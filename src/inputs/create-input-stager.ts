import type { ObjectKey, ObjectStore, OpenedObject } from '../objects/object-store.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import { formatBytes } from '../support/text/bytes.ts';
import { forEachBounded } from '../support/time/for-each-bounded.ts';
import { createTurns } from '../support/time/take-turns.ts';
import type { Input } from '../wire/plan/plan.ts';
import { partsOf } from '../workspace/beneath/file-name.ts';
import { createOpenDirectories, type OpenDirectories } from '../workspace/beneath/open-directories.ts';
import {
  makeDirectoriesBeneath,
  usePathBeneath,
  type WriteSource,
  writeBeneath,
} from '../workspace/beneath/write-beneath.ts';
import { type ByteBudget, createByteBudget } from '../workspace/byte-budget.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
import type { InputCache } from './cache/input-cache.ts';
import { checkSha256 } from './check-sha256.ts';
import { decodeContent } from './decode-content.ts';
import { explainUrl, nameInput, nameObject } from './input-errors.ts';
import { listFiles } from './list-files.ts';
import { type PlacedFile, placeFiles, placeOf } from './place-files.ts';
import type { OpenUrl } from './urls/open-url.ts';

export interface InputLimits {
  /** Of all inputs of one execution together. */
  readonly maxInputBytes: number;
  readonly maxInputFiles: number;
  /** Files that are fetched at once. */
  readonly concurrency: number;
}

export interface InputStagerOptions {
  readonly store: ObjectStore;
  /** Absent: inputs by URL are refused. */
  readonly openUrl?: OpenUrl;
  readonly limits: InputLimits;
  /** Absent: every input is fetched. */
  readonly cache?: InputCache | undefined;
}

/** Who may share files with whom, for what is fetched again and again. */
export interface StageOptions {
  readonly tenant: string;
  /** Volumes that no container can write to, by container path. */
  readonly readOnly: readonly string[];
}

/**
 * Brings the inputs into the directories of a workspace in which nothing runs yet. May be repeated: files that an
 * earlier staging left are replaced.
 * @throws ExecError INVALID_REQUEST | POLICY_DENIED | INPUT_NOT_FOUND | INPUT_TOO_LARGE | STORE_UNAVAILABLE | INTERNAL, naming
 * the input; the signal's reason
 */
export type StageInputs = (
  roots: WorkspaceRoots,
  inputs: readonly Input[],
  signal: AbortSignal,
  options?: StageOptions,
) => Promise<StageReport>;

const defaultMode = 0o644;
const anyoneMayChange = 0o666;
const writableMode = 0o777;

export function createInputStager({ store, openUrl = refuseUrl, limits, cache }: InputStagerOptions): StageInputs {
  const { maxInputBytes, maxInputFiles, concurrency } = limits;
  return async (roots, inputs, signal, options) => {
    try {
      const listed = await listFiles(inputs, { store, maxInputFiles, signal });
      const files = await placeFiles(listed, roots, createTurns(signal));
      await makeDirectories(inputs, roots);
      const budget = createByteBudget(maxInputBytes, () => tooLarge(maxInputBytes));
      const directories = openForWriting(files);
      const sharing = cache === undefined || options === undefined ? undefined : sharingOf(cache, roots, options);
      const tools = { store, openUrl, budget, maxInputBytes, directories, sharing };
      try {
        await forEachBounded(files, concurrency, signal, (file, stop) => writeFile(file, tools, stop));
      } finally {
        await Promise.all([...directories.values()].map((each) => each.close()));
      }
      return { files: files.length, bytes: budget.used, warnings: [] };
    } catch (error) {
      signal.throwIfAborted();
      throw toExecError(error);
    }
  };
}

/** Before the files: those make what is missing on their way for themselves alone. */
async function makeDirectories(inputs: readonly Input[], roots: WorkspaceRoots): Promise<void> {
  for (const input of inputs) {
    if (input.kind !== 'directory') continue;
    const { root, relative } = placeOf(input, roots);
    const directory = await makeDirectoriesBeneath(root, partsOf(relative));
    await directory.chmod(writableMode).finally(() => directory.close());
  }
}

/** By root. What is made in one that holds a writable file is writable too. */
function openForWriting(files: readonly PlacedFile[]): ReadonlyMap<string, OpenDirectories> {
  const writable = new Set(files.filter((file) => file.writable).map(({ root }) => root));
  const open = (root: string) => createOpenDirectories(root, { make: writable.has(root) ? 'writable' : 'plain' });
  return new Map([...new Set(files.map(({ root }) => root))].map((root) => [root, open(root)]));
}

interface WriteTools {
  readonly store: ObjectStore;
  readonly openUrl: OpenUrl;
  readonly budget: ByteBudget;
  readonly maxInputBytes: number;
  /** Those of each root. */
  readonly directories: ReadonlyMap<string, OpenDirectories>;
  readonly sharing: Sharing | undefined;
}

/** Files may be those of other executions too. */
interface Sharing {
  readonly cache: InputCache;
  readonly tenant: string;
  /** Directories in which no container can change a file. */
  readonly roots: ReadonlySet<string>;
}

function sharingOf(cache: InputCache, roots: WorkspaceRoots, { tenant, readOnly }: StageOptions): Sharing {
  return { cache, tenant, roots: new Set(readOnly.flatMap((path) => roots.get(path) ?? [])) };
}

async function writeFile(file: PlacedFile, tools: WriteTools, signal: AbortSignal): Promise<void> {
  const { root, parts, mode: asked = defaultMode, writable, origin, content } = file;
  const mode = writable ? asked | anyoneMayChange : asked;
  try {
    const { budget, directories } = tools;
    const source = await openSource(file, tools, signal);
    const { shared } = source;
    const opened = directories.get(root);
    const here = { root, parts, ...(opened && { directories: opened }) };
    if (shared !== undefined && (await usePathBeneath(here, shared.take))) {
      source.discard();
      return budget.take(shared.size);
    }
    await writeBeneath({ ...here, source: source.bytes, mode, budget, signal, replace: true });
    if (shared !== undefined) await usePathBeneath(here, shared.keep);
  } catch (error) {
    signal.throwIfAborted();
    throw nameInput(content.kind === 'url' ? explainUrl(error, content.url) : error, origin);
  }
}

interface OpenedSource {
  readonly bytes: WriteSource;
  /** Undefined: the file may not be one that others have too. */
  readonly shared?: SharedFile | undefined;
  /** The bytes are not needed. */
  discard(): void;
}

async function openSource(file: PlacedFile, tools: WriteTools, signal: AbortSignal): Promise<OpenedSource> {
  const { content, sha256 } = file;
  if (content.kind === 'inline')
    return { bytes: decodeContent(content.text, content.encoding), discard: () => undefined };
  const opened: Pick<OpenedObject, 'body' | 'pour' | 'etag'> & { readonly size: number | undefined } =
    await (content.kind === 'object' ? getObject(content.key, tools, signal) : tools.openUrl(content.url, signal));
  const { body, size = 0, pour = body } = opened;
  const { budget, maxInputBytes } = tools;
  if (size > maxInputBytes - budget.used) {
    body.destroy();
    throw tooLarge(maxInputBytes);
  }
  return {
    // What is not needed is not read, so nothing that reads it is made before.
    get bytes() {
      return sha256 === undefined ? pour : checkSha256(body, sha256);
    },
    shared: sharedFileOf(file, { ...opened, size }, tools),
    discard: () => body.destroy(),
  };
}

interface SharedFile {
  readonly size: number;
  readonly take: (path: Buffer) => Promise<boolean>;
  readonly keep: (path: Buffer) => Promise<void>;
}

function sharedFileOf(
  { root, content, sha256, mode }: PlacedFile,
  { etag, size }: Pick<OpenedObject, 'etag' | 'size'>,
  { store, sharing }: WriteTools,
): SharedFile | undefined {
  if (sharing?.roots.has(root) !== true || content.kind !== 'object' || etag === undefined || mode !== undefined)
    return undefined;
  const { bucket = store.defaultBucket, name } = content.key;
  const { cache, tenant } = sharing;
  const key = { tenant, store: store.name, bucket, name, etag, size, sha256 };
  return { size, take: (path) => cache.take(key, path), keep: (path) => cache.keep(key, path) };
}

function getObject(key: ObjectKey, { store }: WriteTools, signal: AbortSignal): Promise<OpenedObject> {
  return store.get(key, signal).catch((error: unknown) => {
    throw nameObject(error, key, store);
  });
}

const refuseUrl: OpenUrl = () =>
  Promise.reject(
    new ExecError('POLICY_DENIED', 'inputs are not read by URL here. Put the data into the object store.'),
  );

function tooLarge(maxInputBytes: number): ExecError {
  return new ExecError(
    'INPUT_TOO_LARGE',
    `the inputs are larger than the ${formatBytes(maxInputBytes)} that one execution may have (maxInputBytes). Send less, or have the limit raised.`,
  );
}
