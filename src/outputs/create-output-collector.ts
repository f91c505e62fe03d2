import type { ObjectStore } from '../objects/object-store.ts';
import { formatBytes } from '../support/bytes.ts';
import { toExecError } from '../support/exec-error.ts';
import type { Output } from '../wire/plan.ts';
import type { Collected, UploadedObject } from '../wire/record.ts';
import { createOpenDirectories, type OpenDirectories } from '../workspace/open-directories.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import { createAllowance } from './allowance.ts';
import { createFindings, type Findings } from './findings.ts';
import { fitAnswer } from './fit-answer.ts';
import type { OverflowOutput } from './move-overflow.ts';
import { readGraph } from './read-graph.ts';
import { readSelected } from './read-selected.ts';
import { type Selection, selectFiles } from './select-files.ts';
import { type Survey, type SurveyOptions, surveyRoot } from './survey-root.ts';
import { uploadRoot } from './upload-root.ts';

export interface OutputLimits {
  /** Largest file whose content is returned. */
  readonly maxFileContentBytes: number;
  /** What one answer may hold of all that is collected, as JSON text, unless the caller says. */
  readonly maxAnswerContentBytes: number;
  /** Files below one collected directory together; also what is read, and what is uploaded, at most. */
  readonly maxOutputBytes: number;
  /** Files, directories and whatever else, below one collected directory. */
  readonly maxOutputFiles: number;
  /** How deep directories may be nested. */
  readonly maxOutputDepth?: number;
  readonly maxGraphBytes: number;
  /** Files that are uploaded at once. */
  readonly uploadConcurrency: number;
  /** Seconds for which an uploaded object can be read by a URL in the answer; absent: no URLs. */
  readonly presignSeconds?: number;
}

export interface OutputCollectorOptions {
  readonly store: ObjectStore;
  readonly limits: OutputLimits;
}

/**
 * Reads what the containers left. Whatever that is becomes part of the result: failures and warnings, never an error.
 * What the answer has no room for goes to the object of the `overflow` output, if there is one.
 * Safe while a process still writes there, though what it returns is steady only when none does.
 * @throws ExecError for a fault of the host; the signal's reason
 */
export type CollectOutputs = (
  roots: WorkspaceRoots,
  outputs: readonly Output[],
  signal: AbortSignal,
  /** Bytes that what is collected may take in the answer, as JSON. */
  roomBytes?: number,
) => Promise<Collected>;

const defaultDepth = 100;

export function createOutputCollector({ store, limits }: OutputCollectorOptions): CollectOutputs {
  return async (roots, outputs, signal, roomBytes = limits.maxAnswerContentBytes) => {
    try {
      return await collect({ store, limits, roots, outputs, signal, roomBytes });
    } catch (error) {
      signal.throwIfAborted();
      throw toExecError(error);
    }
  };
}

interface Collection extends OutputCollectorOptions {
  readonly roots: WorkspaceRoots;
  readonly outputs: readonly Output[];
  readonly signal: AbortSignal;
  readonly roomBytes: number;
}

async function collect(collection: Collection): Promise<Collected> {
  const volumes = new Map<string, OpenDirectories>();
  const volumeAt = (root: string): OpenDirectories => {
    const volume = volumes.get(root) ?? createOpenDirectories(root);
    volumes.set(root, volume);
    return volume;
  };
  try {
    return await collectFrom(volumeAt, collection);
  } finally {
    await Promise.all([...volumes.values()].map((volume) => volume.close()));
  }
}

async function collectFrom(volumeAt: SurveyOptions['volumeAt'], collection: Collection): Promise<Collected> {
  const { store, limits, roots, outputs, signal, roomBytes } = collection;
  const findings = createFindings();
  const survey = createSurveyor(collection, volumeAt, findings);
  const selection: Selection = new Map();
  const uploads: UploadedObject[] = [];
  const allowances = createAllowances(limits, findings);
  let graph: string | undefined;
  let overflow: OverflowOutput | undefined;
  for (const output of outputs) {
    signal.throwIfAborted();
    if (output.kind === 'graph') {
      graph = (await readGraph(output, { roots, maxGraphBytes: limits.maxGraphBytes, findings })) ?? graph;
      continue;
    }
    if (output.kind === 'overflow') {
      overflow = output;
      continue;
    }
    const seen = await survey(output.origin, output.root);
    if (seen === undefined) {
      if (output.kind === 'files' && output.required) findings.missToo(output.pattern);
    } else if (output.kind === 'files') {
      await selectFiles(output, seen, { selection, findings, signal });
    } else {
      const { uploadConcurrency: concurrency, presignSeconds = 0 } = limits;
      const options = { store, concurrency, presignSeconds, allowance: allowances.upload, findings, signal };
      uploads.push(...(await uploadRoot(output, seen, options)));
    }
  }
  const { maxFileContentBytes, presignSeconds } = limits;
  const files = readSelected(selection, { maxFileContentBytes, allowance: allowances.read, findings, signal });
  const fitted = await fitAnswer(
    { files, uploads, graph },
    { roomBytes, overflow, store, presignSeconds, findings, signal },
  );
  return { ...fitted, ...findings.report() };
}

/** Looks at each root once, however many outputs name it. */
function createSurveyor(
  { roots, limits, signal }: Collection,
  volumeAt: SurveyOptions['volumeAt'],
  findings: Findings,
) {
  const surveys = new Map<string, Promise<Survey | undefined>>();
  const withDepth = { ...limits, maxOutputDepth: limits.maxOutputDepth ?? defaultDepth };
  return (origin: string, root: string): Promise<Survey | undefined> => {
    const options = { roots, volumeAt, limits: withDepth, findings, signal };
    const survey = surveys.get(root) ?? surveyRoot(origin, root, options);
    surveys.set(root, survey);
    return survey;
  };
}

function createAllowances({ maxOutputBytes }: OutputLimits, findings: Findings) {
  const limit = `${formatBytes(maxOutputBytes)}, the limit (maxOutputBytes)`;
  const fail = (message: string) => () => findings.failUnlessSaid('OUTPUT_TOO_LARGE', message);
  return {
    read: createAllowance(
      maxOutputBytes,
      fail(`The expected files have more than ${limit}. The rest comes back without content.`),
    ),
    upload: createAllowance(maxOutputBytes, fail(`The files to upload have more than ${limit}. The rest is left out.`)),
  };
}
