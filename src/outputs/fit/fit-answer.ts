import type { CollectedFile } from '../../wire/record/record.ts';
import { costOfFile, costOfGraph, costOfUploads, plainFields } from './json-cost.ts';
import { keepWhatFits, type Moved, type MoveOptions, moveOverflow, type OverflowOutput } from './move-overflow.ts';
import type { AnswerParts } from './shorten-to-room.ts';

export interface FitOptions extends Omit<MoveOptions, 'overflow'> {
  /** Absent: what there is no room for is left out. */
  readonly overflow: OverflowOutput | undefined;
}

export interface FileSource extends Omit<AnswerParts, 'files'> {
  readonly files: AsyncGenerator<CollectedFile, void>;
}

/**
 * Fits the collected contents into a response. When they are too large, all of them go to the store, so that a client
 * finds them in one place. Without such a store, the first ones that fit stay in the response.
 */
export async function fitAnswer(source: FileSource, options: FitOptions): Promise<Moved> {
  const { files, uploads, graph } = source;
  const { roomBytes, overflow } = options;
  const fields = overflow?.fields ?? plainFields;
  let room = roomBytes - costOfGraph(graph, fields) - costOfUploads(uploads, fields);
  const inMemory: CollectedFile[] = [];
  try {
    while (room >= 0) {
      const next = await files.next();
      if (next.done === true)
        return { files: inMemory, uploads: [...uploads], ...(graph === undefined ? {} : { graph }) };
      inMemory.push(next.value);
      room -= costOfFile(next.value);
    }
    const parts = { inMemory, rest: files, uploads, graph };
    if (overflow !== undefined) return await moveOverflow(parts, { ...options, overflow });
    return await keepWhatFits(parts, { roomBytes, findings: options.findings, signal: options.signal });
  } finally {
    await files.return();
  }
}
