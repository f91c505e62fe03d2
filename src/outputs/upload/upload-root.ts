import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecError } from '../../support/exec-error.ts';
import { compileGlob } from '../../support/patterns/match-glob.ts';
import { forEachBounded } from '../../support/time/for-each-bounded.ts';
import type { Output } from '../../wire/plan/plan.ts';
import type { UploadedObject } from '../../wire/record/record.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import type { Allowance } from '../allowance.ts';
import { type Findings, skipReasonOf } from '../findings.ts';
import { followLink } from '../select/follow-link.ts';
import type { MatchWork } from '../select/match-work.ts';
import { sortByName } from '../select/sort-by-name.ts';
import type { Survey } from '../select/survey-root.ts';
import { failureOfUpload, putObject } from './put-object.ts';

export type UploadOutput = Extract<Output, { kind: 'upload' }>;

export interface UploadOptions {
  readonly store: ObjectStore;
  readonly concurrency: number;
  /** 0: no URLs. */
  readonly presignSeconds: number;
  readonly allowance: Allowance;
  readonly findings: Findings;
  readonly work: MatchWork;
  readonly signal: AbortSignal;
}

// With a store that is gone, every file fails for the same reason; a few names tell enough.
const failuresTold = 10;

/** Puts every regular file, or those that the pattern matches, into the store. One that fails does not keep the others from being tried. */
export async function uploadRoot(
  output: UploadOutput,
  survey: Survey,
  options: UploadOptions,
): Promise<UploadedObject[]> {
  const { findings, concurrency, signal } = options;
  const uploaded: UploadedObject[] = [];
  const failed: ExecError[] = [];
  const chosen = await chooseFiles(output, survey, options);
  if (chosen === undefined) return [];
  await forEachBounded([...chosen], concurrency, signal, async ([name, file], stop) => {
    const object = `${output.prefix.replace(/\/$/, '')}/${name}`;
    try {
      const done = await uploadFile(file, object, output, survey, options, stop);
      if (done !== undefined) uploaded.push(done);
    } catch (error) {
      stop.throwIfAborted();
      failed.push(failureOfUpload(error, output.origin, `the object ${object} was not stored`));
    }
  });
  tell(failed, output, findings);
  return [...(await sortByName(uploaded, ({ name }) => name, signal))];
}

/** Names below the root, each with the file that has the content; undefined when they cannot be chosen. */
async function chooseFiles(
  output: UploadOutput,
  survey: Survey,
  { findings, work }: UploadOptions,
): Promise<ReadonlyMap<string, string> | undefined> {
  const names = await matching(output, survey.files.keys(), work);
  const others = await matching(output, survey.others.keys(), work);
  if (names === undefined || others === undefined) {
    findings.fail(
      'OUTPUT_TOO_LARGE',
      `${output.origin}: the pattern cannot be compared with that many files. Use a simpler one.`,
    );
    return undefined;
  }
  const chosen = new Map(names.map((name) => [name, name]));
  for (const name of others) {
    const target = output.links === 'inside' ? await followLink(name, survey) : undefined;
    if (target === undefined) findings.skip(`${name} (${survey.others.get(name)})`, skipReasonOf(output));
    else chosen.set(name, target);
  }
  for (const name of survey.oddNames) findings.skip(name, 'odd name');
  if (chosen.size === 0 && output.pattern !== undefined)
    findings.warn(`${output.origin}: no file in ${survey.root} matches ${output.pattern}; ${survey.describeContent()}`);
  return chosen;
}

async function matching(
  { pattern }: UploadOutput,
  names: Iterable<string>,
  work: MatchWork,
): Promise<readonly string[] | undefined> {
  if (pattern === undefined) return [...names];
  const glob = compileGlob(pattern);
  return glob && work.filter(names, glob);
}

async function uploadFile(
  name: string,
  object: string,
  { bucket }: UploadOutput,
  { volume, above }: Survey,
  { store, allowance, findings, presignSeconds }: UploadOptions,
  signal: AbortSignal,
): Promise<UploadedObject | undefined> {
  const opened = await volume.open([...above, ...partsOf(name)], 'file');
  if (opened.handle === undefined) {
    findings.skip(`${name} (${opened.found})`, 'special');
    return undefined;
  }
  const { handle, stats } = opened;
  try {
    if (!allowance.take(stats.size)) return undefined;
    return await putObject(handle, stats.size, { bucket, name: object }, { store, presignSeconds, signal });
  } finally {
    await handle.close();
  }
}

function tell(failed: readonly ExecError[], { origin }: UploadOutput, findings: Findings): void {
  const sorted = failed.toSorted((a, b) => (a.message < b.message ? -1 : 1));
  for (const { code, message } of sorted.slice(0, failuresTold)) findings.fail(code, message);
  const untold = sorted.length - failuresTold;
  if (untold > 0) findings.fail('STORE_UNAVAILABLE', `${origin}: ${untold} more objects were not stored.`);
}
