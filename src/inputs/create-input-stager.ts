import type { ObjectKey, ObjectStore, OpenedObject } from '../objects/object-store.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import { formatBytes } from '../support/text/bytes.ts';
import { forEachBounded } from '../support/time/for-each-bounded.ts';
import { createTurns } from '../support/time/take-turns.ts';
import type { Input } from '../wire/plan/plan.ts';
import { partsOf } from '../workspace/beneath/file-name.ts';
import { createOpenDirectories, type OpenDirectories } from '../workspace/beneath/open-directories.ts';
import { makeDirectoriesBeneath, type WriteSource, writeBeneath } from '../workspace/beneath/write-beneath.ts';
import { type ByteBudget, createByteBudget } from '../workspace/byte-budget.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
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
) => Promise<StageReport>;

const defaultMode = 0o644;
const writableMode = 0o777;

export function createInputStager({ store, openUrl = refuseUrl, limits }: InputStagerOptions): StageInputs {
  const { maxInputBytes, maxInputFiles, concurrency } = limits;
  return async (roots, inputs, signal) => {
    try {
      const listed = await listFiles(inputs, { store, maxInputFiles, signal });
      const files = await placeFiles(listed, roots, createTurns(signal));
      await makeDirectories(inputs, roots);
      const budget = createByteBudget(maxInputBytes, () => tooLarge(maxInputBytes));
      const directories = new Map([...new Set(files.map(({ root }) => root))].map(openForWriting));
      const tools = { store, openUrl, budget, maxInputBytes, directories };
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

function openForWriting(root: string): readonly [string, OpenDirectories] {
  return [root, createOpenDirectories(root, { make: true })];
}

interface WriteTools {
  readonly store: ObjectStore;
  readonly openUrl: OpenUrl;
  readonly budget: ByteBudget;
  readonly maxInputBytes: number;
  /** Those of each root. */
  readonly directories: ReadonlyMap<string, OpenDirectories>;
}

async function writeFile(file: PlacedFile, tools: WriteTools, signal: AbortSignal): Promise<void> {
  const { root, parts, mode = defaultMode, origin, content } = file;
  try {
    const source = await openSource(file, tools, signal);
    const { budget, directories } = tools;
    const opened = directories.get(root);
    const here = opened === undefined ? { root } : { root, directories: opened };
    await writeBeneath({ ...here, parts, source, mode, budget, signal, replace: true });
  } catch (error) {
    signal.throwIfAborted();
    throw nameInput(content.kind === 'url' ? explainUrl(error, content.url) : error, origin);
  }
}

async function openSource(file: PlacedFile, tools: WriteTools, signal: AbortSignal): Promise<WriteSource> {
  const { content, sha256 } = file;
  if (content.kind === 'inline') return decodeContent(content.text, content.encoding);
  const opened: Pick<OpenedObject, 'body' | 'pour'> & { readonly size: number | undefined } = await (content.kind ===
  'object'
    ? getObject(content.key, tools, signal)
    : tools.openUrl(content.url, signal));
  const { body, size = 0, pour = body } = opened;
  const { budget, maxInputBytes } = tools;
  if (size <= maxInputBytes - budget.used) return sha256 === undefined ? pour : checkSha256(body, sha256);
  body.destroy();
  throw tooLarge(maxInputBytes);
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
