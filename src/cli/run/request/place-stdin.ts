import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { createByteBudget } from '../../../workspace/byte-budget.ts';
import { type PlacedInputs, removeObjects } from './place-inputs.ts';

export interface StdinOptions {
  readonly store: ObjectStore;
  /** More than this goes through the object store. */
  readonly inlineBytes: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Where a large standard input is in the container, below the input directory. */
const inputName = '.exec-agent-stdin';

/**
 * Reads standard input to its end, for the command of a container.
 * @throws ExecError INPUT_TOO_LARGE; the signal's reason
 */
export async function placeStdin(
  stream: Readable,
  { store, inlineBytes, maxBytes, signal }: StdinOptions,
): Promise<PlacedInputs> {
  addAbortSignal(signal, stream);
  const budget = createByteBudget(maxBytes, () => tooLarge(maxBytes));
  const chunks = chunksOf(stream, budget.take);
  const first: Buffer[] = [];
  try {
    for (let size = 0; size <= inlineBytes; ) {
      const next = await chunks.next();
      if (next.done === true) return inline(Buffer.concat(first));
      first.push(next.value);
      size += next.value.length;
    }
    const name = `run-inputs/${randomUUID()}/stdin`;
    await put(name, joined(first, chunks), store, signal);
    const minioObjects = [{ object_name: name, local_path: inputName }];
    return { files: [], minioObjects, uploaded: [{ name }], stdin: { input: inputName } };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function put(
  name: string,
  content: AsyncIterable<Buffer>,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  try {
    await store.put({ name }, Readable.from(content), signal);
  } catch (error) {
    await removeObjects(store, [{ name }]);
    throw error;
  }
}

function inline(bytes: Buffer): PlacedInputs {
  const nothing = { files: [], minioObjects: [], uploaded: [] };
  if (bytes.length === 0) return nothing;
  if (isUtf8(bytes)) return { ...nothing, stdin: bytes.toString() };
  return { ...nothing, stdin: { content: bytes.toString('base64'), encoding: 'base64' } };
}

async function* chunksOf(stream: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    count(bytes.length);
    yield bytes;
  }
}

async function* joined(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  yield* first;
  yield* rest;
}

function tooLarge(limit: number): ExecError {
  return new ExecError(
    'INPUT_TOO_LARGE',
    `Standard input has more than ${formatBytes(limit)} (EXEC_INPUT_MAX). Pass less, or use --no-stdin to leave it out.`,
  );
}
