import { createTurns } from '../../support/time/take-turns.ts';
import type { ContentFields } from '../../wire/plan/plan.ts';
import type { Collected, CollectedFile, UploadedObject } from '../../wire/record/record.ts';
import type { Findings } from '../findings.ts';
import { costOfFile, costOfGraph, costOfUpload } from './json-cost.ts';

export interface AnswerParts {
  readonly files: readonly CollectedFile[];
  readonly uploads: readonly UploadedObject[];
  /** JSON text. */
  readonly graph: string | undefined;
}

interface RoomOptions {
  readonly roomBytes: number;
  readonly fields: ContentFields;
  readonly signal: AbortSignal;
}

// Writing the facts of one file as JSON takes as long as so many looks at a name.
const stepsPerCost = 200;
const stepsPerCopy = 50;

export type Shortened = Pick<Collected, 'files' | 'uploads' | 'graph'>;

/**
 * As much as there is room for, facts before contents and the first before the later: small contents behind a large one
 * do not slip in, since what comes back would be hard to foresee. What is left out becomes a finding.
 */
export async function shortenToRoom(
  { files, uploads, graph }: AnswerParts,
  { roomBytes, fields, signal }: RoomOptions,
  findings: Findings,
): Promise<Shortened> {
  let left = roomBytes;
  const turns = createTurns(signal);
  const takeAtMost = async <T>(items: readonly T[], most: number, costOf: (item: T) => number): Promise<T[]> => {
    const floor = left - most;
    const taken: T[] = [];
    for (const item of items) {
      if (turns.spend(stepsPerCost)) await turns.rest();
      const cost = costOf(item);
      if (left - cost < floor) break;
      left -= cost;
      taken.push(item);
    }
    return taken;
  };
  const listedUploads = await takeAtMost(uploads, roomBytes / 2, (upload) => costOfUpload(upload, fields));
  const facts: CollectedFile[] = [];
  for (const file of files) {
    if (turns.spend(stepsPerCopy)) await turns.rest();
    facts.push(withoutContent(file));
  }
  const listed = await takeAtMost(facts, left, costOfFile);
  const graphCost = costOfGraph(graph, fields);
  const hasGraphRoom = graph !== undefined && graphCost <= left;
  if (hasGraphRoom) left -= graphCost;
  // What content costs besides the facts that are listed already.
  const costOfContent = (file: CollectedFile) => costOfFile(file) - costOfFile(withoutContent(file));
  const candidates = files.slice(0, listed.length);
  const withContent = (await takeAtMost(candidates, left, costOfContent)).length;
  for (const { name, content } of candidates.slice(withContent))
    if (content !== undefined) findings.skip(name, 'no room');
  const unlisted = files.length - listed.length + (uploads.length - listedUploads.length);
  if (unlisted > 0)
    findings.warn(`${unlisted} more files and objects are not listed: the answer has no room for them.`);
  return {
    files: [...candidates.slice(0, withContent), ...listed.slice(withContent)],
    uploads: listedUploads,
    ...(hasGraphRoom ? { graph } : {}),
  };
}

/** The facts of a file whose content nobody gets. */
function withoutContent({ content, ...file }: CollectedFile): CollectedFile {
  return content === undefined ? file : { ...file, encoding: 'utf8', truncated: true };
}
