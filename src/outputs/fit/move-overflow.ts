import { Readable } from 'node:stream';
import type { ObjectStore } from '../../objects/object-store.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Output } from '../../wire/plan/plan.ts';
import type { Collected, CollectedFile } from '../../wire/record/record.ts';
import { fileEntryOf } from '../../wire/response/file-entry.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Findings } from '../findings.ts';
import { plainFields, uploadEntryOf } from './json-cost.ts';
import { type AnswerParts, shortenToRoom } from './shorten-to-room.ts';

export type OverflowOutput = Extract<Output, { kind: 'overflow' }>;

export type Moved = Pick<Collected, 'files' | 'uploads' | 'graph' | 'overflow'>;

export interface MoveOptions {
  readonly overflow: OverflowOutput;
  /** Bytes of the answer, as JSON, for what stays in it. */
  readonly roomBytes: number;
  readonly store: ObjectStore;
  /** 0 or absent: no URL. */
  readonly presignSeconds?: number | undefined;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/** Files of which the first are in memory, and the rest is still to be read. */
export interface HalfRead extends Omit<AnswerParts, 'files'> {
  readonly inMemory: readonly CollectedFile[];
  readonly rest: AsyncGenerator<CollectedFile, void>;
}

/**
 * Streams everything, contents included, into one object; the facts stay. When the store does not take it, that is a failure
 * of the result, and the contents that fit stay too.
 */
export async function moveOverflow(parts: HalfRead, options: MoveOptions): Promise<Moved> {
  const { overflow, roomBytes, store, presignSeconds = 0, findings, signal } = options;
  const { inMemory, uploads, graph } = parts;
  const { name } = overflow;
  const moving: Moving = { facts: [], unreadable: undefined };
  try {
    await store.put({ name }, Readable.from(write(parts, overflow, moving)), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (moving.unreadable !== undefined) throw moving.unreadable;
    findings.fail(
      'STORE_UNAVAILABLE',
      `The contents are more than the answer has room for, and could not be stored as ${name}. ${messageOf(error)}`,
    );
    const read = moving.facts.slice(inMemory.length).map((file) => leftOut(file, findings));
    return keepWhatFits({ ...parts, inMemory: [...inMemory, ...read] }, options);
  }
  const url = presignSeconds > 0 ? await store.presign?.({ name }, presignSeconds) : undefined;
  findings.warn(
    sentence`The answer would be too large (EXEC_MESSAGE_MAX): its contents are in the object ${name}, which ${part('outputs.overflow')} names.`,
  );
  return {
    ...(await shortenToRoom(
      { files: moving.facts, uploads, graph },
      { roomBytes, fields: overflow.fields, signal },
      findings,
    )),
    overflow: { name, ...(url === undefined ? {} : { url }) },
  };
}

/** Reads the rest for its facts and keeps the contents in memory as far as there is room. */
export async function keepWhatFits(
  { inMemory, rest, uploads, graph }: HalfRead,
  {
    roomBytes,
    overflow,
    findings,
    signal,
  }: Pick<MoveOptions, 'roomBytes' | 'findings' | 'signal'> & Partial<Pick<MoveOptions, 'overflow'>>,
): Promise<Moved> {
  const files = [...inMemory];
  for await (const file of rest) files.push(leftOut(file, findings));
  const kept = await shortenToRoom(
    { files, uploads, graph },
    { roomBytes, fields: overflow?.fields ?? plainFields, signal },
    findings,
  );
  if (graph !== undefined && kept.graph === undefined)
    findings.failOnce('OUTPUT_TOO_LARGE', 'The graph update is left out: the answer has no room for it.');
  return kept;
}

function leftOut({ content, ref, ...file }: CollectedFile, findings: Findings): CollectedFile {
  if (content === undefined && ref === undefined) return file;
  findings.skip(file.name, 'no room');
  return { ...file, encoding: 'utf8', truncated: true };
}

interface Moving {
  /** Of the files that were written so far. */
  readonly facts: CollectedFile[];
  /** Why the files could not be read on. */
  unreadable: unknown;
}

async function* write(
  { inMemory, rest, uploads, graph }: HalfRead,
  { name: ref, fields }: OverflowOutput,
  moving: Moving,
) {
  const objects = JSON.stringify(uploads.map((upload) => uploadEntryOf(upload, fields)));
  const graphField = graph === undefined ? '' : `${JSON.stringify(fields.graph)}:${graph},`;
  yield Buffer.from(`{${graphField}${JSON.stringify(fields.uploads)}:${objects},${JSON.stringify(fields.files)}:[`);
  for (let index = 0; ; index += 1) {
    const file = inMemory[index] ?? (await next(rest, moving));
    if (file === undefined) break;
    moving.facts.push(movedTo(ref, file));
    yield Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(fileEntryOf(file))}`);
  }
  yield Buffer.from(']}');
}

/** Not a loop over the rest, which would close it when the store gives up. */
async function next(rest: HalfRead['rest'], moving: Moving): Promise<CollectedFile | undefined> {
  try {
    const { done, value } = await rest.next();
    return done === true ? undefined : value;
  } catch (error) {
    moving.unreadable = error;
    throw error;
  }
}

function movedTo(ref: string, { content, ...file }: CollectedFile): CollectedFile {
  return content === undefined ? file : { ...file, ref };
}
