import type { ObjectStore } from '../objects/object-store.ts';
import { ExecError, messageOf } from '../support/exec-error.ts';
import { forEachBounded } from '../support/for-each-bounded.ts';
import type { Output } from '../wire/plan.ts';
import type { UploadedObject } from '../wire/record.ts';
import { partsOf } from '../workspace/file-name.ts';
import { streamOf } from '../workspace/read-file.ts';
import type { Allowance } from './allowance.ts';
import type { Findings } from './findings.ts';
import type { Survey } from './survey-root.ts';

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
  await forEachBounded(survey.files, concurrency, signal, async (name, stop) => {
    const object = `${output.prefix.replace(/\/$/, '')}/${name}`;
    try {
      const done = await uploadFile(name, object, output, survey, options, stop);
      if (done !== undefined) uploaded.push(done);
    } catch (error) {
      stop.throwIfAborted();
      failed.push(failureOf(error, object, output));
    }
  });
  for (const [name, kind] of survey.others) findings.skip(`${name} (${kind})`, 'special');
  for (const name of survey.oddNames) findings.skip(name, 'odd name');
  tell(failed, output, findings);
  return uploaded.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
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
  const body = streamOf(opened.handle, opened.stats.size);
  try {
    if (!allowance.take(opened.stats.size)) return undefined;
    const key = { bucket, name: object };
    const { size } = await store.put(key, body, signal);
    const url = presignSeconds > 0 ? await store.presign?.(key, presignSeconds) : undefined;
    return { name: object, bucket: bucket ?? store.defaultBucket, size, ...(url === undefined ? {} : { url }) };
  } finally {
    body.destroy();
  }
}

function failureOf(error: unknown, object: string, { origin }: UploadOutput): ExecError {
  // A name that the store does not take was chosen inside the container.
  const code = error instanceof ExecError && error.code === 'INVALID_REQUEST' ? 'OUTPUT_INVALID' : 'STORE_UNAVAILABLE';
  return new ExecError(code, `${origin}: the object ${object} was not stored. ${messageOf(error)}`, {
    context: { object },
  });
}

function tell(failed: readonly ExecError[], { origin }: UploadOutput, findings: Findings): void {
  const sorted = failed.toSorted((a, b) => (a.message < b.message ? -1 : 1));
  for (const { code, message } of sorted.slice(0, failuresTold)) findings.fail(code, message);
  const untold = sorted.length - failuresTold;
  if (untold > 0) findings.fail('STORE_UNAVAILABLE', `${origin}: ${untold} more objects were not stored.`);
}
