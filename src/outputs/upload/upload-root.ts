import type { ObjectStore } from '../../objects/object-store.ts';
import type { ExecError } from '../../support/exec-error.ts';
import { forEachBounded } from '../../support/time/for-each-bounded.ts';
import type { Output } from '../../wire/plan.ts';
import type { UploadedObject } from '../../wire/record.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import type { Allowance } from '../allowance.ts';
import type { Findings } from '../findings.ts';
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
  readonly signal: AbortSignal;
}

// With a store that is gone, every file fails for the same reason; a few names tell enough.
const failuresTold = 10;

/** Puts every regular file into the store. One that fails does not keep the others from being tried. */
export async function uploadRoot(
  output: UploadOutput,
  survey: Survey,
  options: UploadOptions,
): Promise<UploadedObject[]> {
  const { findings, concurrency, signal } = options;
  const uploaded: UploadedObject[] = [];
  const failed: ExecError[] = [];
  await forEachBounded(survey.files.keys(), concurrency, signal, async (name, stop) => {
    const object = `${output.prefix.replace(/\/$/, '')}/${name}`;
    try {
      const done = await uploadFile(name, object, output, survey, options, stop);
      if (done !== undefined) uploaded.push(done);
    } catch (error) {
      stop.throwIfAborted();
      failed.push(failureOfUpload(error, output.origin, `the object ${object} was not stored`));
    }
  });
  for (const [name, kind] of survey.others) findings.skip(`${name} (${kind})`, 'special');
  for (const name of survey.oddNames) findings.skip(name, 'odd name');
  tell(failed, output, findings);
  return [...(await sortByName(uploaded, ({ name }) => name, signal))];
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
