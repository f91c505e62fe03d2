import { ExecError } from '../../support/exec-error.ts';
import { showUrl } from '../../support/net/show-url.ts';
import type { Output } from '../../wire/plan/plan.ts';
import type { SentFile, UploadedObject } from '../../wire/record/record.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import type { Findings } from '../findings.ts';
import { followLink } from '../select/follow-link.ts';
import { invalidFile } from '../select/select-files.ts';
import type { Survey } from '../select/survey-root.ts';
import { failureOfUpload, type PutObjectOptions, putObject } from './put-object.ts';
import type { PutToUrl } from './put-to-url.ts';

export type PutOutput = Extract<Output, { kind: 'put' }>;

export interface PutFileOptions extends PutObjectOptions {
  /** Absent where nothing is sent to URLs. */
  readonly putToUrl: PutToUrl | undefined;
  readonly findings: Findings;
}

export type PutResult =
  | { readonly kind: 'stored'; readonly object: UploadedObject }
  | { readonly kind: 'sent'; readonly file: SentFile };

/** Brings one file to its place; undefined when that failed, which is among the findings then. */
export async function putFile(
  output: PutOutput,
  survey: Survey,
  options: PutFileOptions,
): Promise<PutResult | undefined> {
  const { findings, signal } = options;
  const { volume, above, root } = survey;
  const { origin, name } = output;
  const target = output.links === 'inside' ? await followLink(name, survey) : undefined;
  const opened = await volume.open([...above, ...partsOf(target ?? name)], 'file');
  if (opened.handle === undefined) {
    if (opened.found === 'nothing' && output.optional === true)
      findings.warn(`${origin}: the file ${root}/${name} was not written.`);
    else if (opened.found === 'nothing') findings.miss(name, `${origin}: the file ${root}/${name} was not written.`);
    else {
      findings.addMissing(name);
      findings.fail('OUTPUT_INVALID', invalidFile(name, opened.found, output.links));
    }
    return undefined;
  }
  try {
    return await send(output, opened.handle, opened.stats.size, options);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = failureOfUpload(error, origin, `the file ${name} did not reach its place`);
    findings.fail(code, message);
    return undefined;
  } finally {
    await opened.handle.close();
  }
}

type Handle = Parameters<typeof putObject>[0];

async function send(
  { name, to }: PutOutput,
  handle: Handle,
  size: number,
  options: PutFileOptions,
): Promise<PutResult> {
  if (to.kind === 'object') return { kind: 'stored', object: await putObject(handle, size, to, options) };
  if (options.putToUrl === undefined) throw new ExecError('POLICY_DENIED', 'Nothing is sent to URLs here.');
  const url = new URL(to.url);
  const sha256 = await options.putToUrl(handle, size, url, options.signal);
  return { kind: 'sent', file: { name, url: showUrl(url), size, sha256 } };
}
