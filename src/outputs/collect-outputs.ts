import { formatBytes } from '../support/text/bytes.ts';
import type { Mask } from '../support/text/mask.ts';
import { forEachBounded } from '../support/time/for-each-bounded.ts';
import { createTurns } from '../support/time/take-turns.ts';
import type { Output } from '../wire/plan/plan.ts';
import type { Collected, SentFile, UploadedObject } from '../wire/record/record.ts';
import { createOpenDirectories, type OpenDirectories } from '../workspace/beneath/open-directories.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import { type Allowance, createAllowance } from './allowance.ts';
import { createFindings, type Findings } from './findings.ts';
import { fitAnswer } from './fit/fit-answer.ts';
import type { OverflowOutput } from './fit/move-overflow.ts';
import type { SettleGraph } from './graph/create-graph-settler.ts';
import { readGraph } from './graph/read-graph.ts';
import { settleGraph } from './graph/settle-graph.ts';
import type { OutputCollectorOptions, OutputLimits } from './output-options.ts';
import { createMatchWork } from './select/match-work.ts';
import { readSelected } from './select/read-selected.ts';
import { type Selection, selectFiles } from './select/select-files.ts';
import { type Survey, type SurveyOptions, surveyRoot } from './select/survey-root.ts';
import { warnOfUnasked } from './select/warn-of-unasked.ts';
import { type PutOutput, putFile } from './upload/put-file.ts';
import { uploadRoot } from './upload/upload-root.ts';

const defaultDepth = 100;

const settleHere: SettleGraph = async (order) => settleGraph(order);

type RestOutput = Extract<Output, { kind: 'rest' }>;

export interface Collection extends OutputCollectorOptions {
  readonly roots: WorkspaceRoots;
  readonly outputs: readonly Output[];
  readonly signal: AbortSignal;
  readonly roomBytes: number;
  readonly mask: Mask | undefined;
}

/** One output after the other: what they select is read, and what they upload is uploaded, in that order. */
export async function collectOutputs(collection: Collection): Promise<Collected> {
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
  const { store, limits, roots, outputs, signal, roomBytes, mask, settleGraph: settle = settleHere } = collection;
  const { maxFileContentBytes, maxGraphBytes, uploadConcurrency: concurrency, presignSeconds = 0 } = limits;
  const findings = createFindings();
  const survey = createSurveyor(collection, volumeAt, findings);
  const selection: Selection = new Map();
  const turns = createTurns(signal);
  const work = createMatchWork(turns);
  const uploads: UploadedObject[] = [];
  const puts: PutOutput[] = [];
  let graph: string | undefined;
  let overflow: OverflowOutput | undefined;
  let rest: RestOutput | undefined;
  for (const output of outputs) {
    signal.throwIfAborted();
    if (output.kind === 'graph')
      graph = (await readGraph(output, { roots, maxGraphBytes, findings, mask, settle })) ?? graph;
    else if (output.kind === 'overflow') overflow = output;
    else if (output.kind === 'put') puts.push(output);
    else if (output.kind === 'rest') rest = output;
    else {
      const seen = await survey(output.origin, output.root);
      if (seen === undefined) {
        if (output.kind === 'files' && output.required) findings.addMissing(output.pattern);
      } else if (output.kind === 'files') {
        await selectFiles(output, seen, { selection, findings, work });
      } else {
        const options = {
          store,
          concurrency,
          presignSeconds,
          allowance: allowUploads(limits, findings),
          findings,
          work,
          signal,
        };
        uploads.push(...(await uploadRoot(output, seen, options)));
      }
    }
  }
  const { stored, sent } = await sendFiles(puts, survey, findings, collection);
  uploads.push(...stored);
  const left = rest && (await survey(rest.origin, rest.root));
  if (left !== undefined) await warnOfUnasked(left, { outputs, selection, findings, turns });
  const files = readSelected(selection, {
    maxFileContentBytes,
    allowance: allowReads(limits, findings),
    findings,
    signal,
    mask,
  });
  const fitted = await fitAnswer(
    { files, uploads, graph },
    { roomBytes, overflow, store, presignSeconds, findings, signal },
  );
  return {
    ...fitted,
    ...(sent.length === 0 ? {} : { sent }),
    ...(left === undefined ? {} : { total: left.total }),
    ...findings.report(),
  };
}

type Surveyor = (origin: string, root: string) => Promise<Survey | undefined>;

async function sendFiles(
  puts: readonly PutOutput[],
  survey: Surveyor,
  findings: Findings,
  { store, putToUrl, limits, signal }: Collection,
): Promise<{ readonly stored: readonly UploadedObject[]; readonly sent: SentFile[] }> {
  const { uploadConcurrency, presignSeconds = 0 } = limits;
  const stored: UploadedObject[] = [];
  const sent: SentFile[] = [];
  await forEachBounded(puts, uploadConcurrency, signal, async (output, stop) => {
    const seen = await survey(output.origin, output.root);
    if (seen === undefined) return findings.addMissing(output.name);
    const result = await putFile(output, seen, { store, putToUrl, presignSeconds, findings, signal: stop });
    if (result?.kind === 'stored') stored.push(result.object);
    if (result?.kind === 'sent') sent.push(result.file);
  });
  return { stored, sent };
}

/** Looks at each root once, however many outputs name it. */
function createSurveyor(
  { roots, limits, signal }: Collection,
  volumeAt: SurveyOptions['volumeAt'],
  findings: Findings,
): Surveyor {
  const surveys = new Map<string, Promise<Survey | undefined>>();
  const withDepth = { ...limits, maxOutputDepth: limits.maxOutputDepth ?? defaultDepth };
  return (origin, root) => {
    const options = { roots, volumeAt, limits: withDepth, findings, signal };
    const survey = surveys.get(root) ?? surveyRoot(origin, root, options);
    surveys.set(root, survey);
    return survey;
  };
}

function allowReads(limits: OutputLimits, findings: Findings): Allowance {
  return allow(
    limits,
    findings,
    (limit) => `The expected files have more than ${limit}. The rest comes back without content.`,
  );
}

function allowUploads(limits: OutputLimits, findings: Findings): Allowance {
  return allow(limits, findings, (limit) => `The files to upload have more than ${limit}. The rest is left out.`);
}

function allow({ maxOutputBytes }: OutputLimits, findings: Findings, say: (limit: string) => string): Allowance {
  const message = say(`${formatBytes(maxOutputBytes)}, the limit (maxOutputBytes)`);
  return createAllowance(maxOutputBytes, () => findings.failOnce('OUTPUT_TOO_LARGE', message));
}
