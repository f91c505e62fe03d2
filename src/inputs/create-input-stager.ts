import type { ObjectStore } from '../objects/object-store.ts';
import { formatBytes } from '../support/bytes.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import { forEachBounded } from '../support/for-each-bounded.ts';
import type { Input } from '../wire/plan.ts';
import { type ByteBudget, createByteBudget } from '../workspace/byte-budget.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
import { type WriteSource, writeBeneath } from '../workspace/write-beneath.ts';
import { decodeContent } from './decode-content.ts';
import { nameInput, nameObject } from './input-errors.ts';
import { listFiles } from './list-files.ts';
import { type PlacedFile, placeFiles } from './place-files.ts';

export interface InputLimits {
  /** Of all inputs of one execution together. */
  readonly maxInputBytes: number;
  readonly maxInputFiles: number;
  /** Files that are brought at once. */
  readonly concurrency: number;
}

export interface InputStagerOptions {
  readonly store: ObjectStore;
  readonly limits: InputLimits;
}

/**
 * Brings the inputs into the directories of a workspace in which nothing runs yet. May be repeated: files that an
 * earlier staging left are replaced.
 * @throws ExecError INVALID_REQUEST | INPUT_NOT_FOUND | INPUT_TOO_LARGE | STORE_UNAVAILABLE | INTERNAL, naming the input;
 * the signal's reason
 */
export type StageInputs = (
  roots: WorkspaceRoots,
  inputs: readonly Input[],
  signal: AbortSignal,
) => Promise<StageReport>;

const defaultMode = 0o644;

export function createInputStager({ store, limits }: InputStagerOptions): StageInputs {
  const { maxInputBytes, maxInputFiles, concurrency } = limits;
  return async (roots, inputs, signal) => {
    try {
      const files = placeFiles(await listFiles(inputs, { store, maxInputFiles, signal }), roots);
      const budget = createByteBudget(maxInputBytes, () => tooLarge(maxInputBytes));
      const bringAll = (file: PlacedFile, stop: AbortSignal) => bring(file, { store, budget, maxInputBytes }, stop);
      await forEachBounded(files, concurrency, signal, bringAll);
      return { files: files.length, bytes: budget.used, warnings: [] };
    } catch (error) {
      signal.throwIfAborted();
      throw toExecError(error);
    }
  };
}

interface BringTools {
  readonly store: ObjectStore;
  readonly budget: ByteBudget;
  readonly maxInputBytes: number;
}

async function bring(file: PlacedFile, tools: BringTools, signal: AbortSignal): Promise<void> {
  const { root, parts, mode = defaultMode, origin } = file;
  try {
    const source = await openSource(file, tools, signal);
    await writeBeneath({ root, parts, source, mode, budget: tools.budget, signal, replace: true });
  } catch (error) {
    signal.throwIfAborted();
    throw nameInput(error, origin);
  }
}

async function openSource({ content }: PlacedFile, tools: BringTools, signal: AbortSignal): Promise<WriteSource> {
  if (content.kind === 'inline') return decodeContent(content.text, content.encoding);
  const { store, budget, maxInputBytes } = tools;
  const { body, size } = await store.get(content.key, signal).catch((error: unknown) => {
    throw nameObject(error, content.key, store);
  });
  if (size <= maxInputBytes - budget.used) return body;
  body.destroy();
  throw tooLarge(maxInputBytes);
}

function tooLarge(maxInputBytes: number): ExecError {
  return new ExecError(
    'INPUT_TOO_LARGE',
    `the inputs are larger than the ${formatBytes(maxInputBytes)} that one execution may bring (maxInputBytes). Bring less, or have the limit raised.`,
  );
}
