import { ExecError } from '../../../../support/exec-error.ts';
import { describePathProblem } from '../../../../support/files/container-path.ts';
import { parseS3Url } from '../../../../support/names/s3-url.ts';
import type { Output } from '../../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../../wire/request/request.ts';
import { invalidField } from '../../request/invalid-request.ts';
import { layout } from '../workspace-layout.ts';
import { belowOutput } from './below-output.ts';
import { urlTarget } from './url-target.ts';

type UploadTo = NonNullable<NonNullable<ExecutionRequest['output']>['upload_to']>;
type Put = Extract<Output, { kind: 'put' }>;
type Upload = Extract<Output, { kind: 'upload' }>;

/** Names below which the results of every execution are, so that none replaces another's. */
const reserved = 'executions/';

/**
 * Says nothing that could be secret: a URL can hold a signature.
 * @throws ExecError INVALID_REQUEST
 */
export function uploadsOf(uploadTo: UploadTo): (Put | Upload)[] {
  const field = 'output.upload_to';
  if (typeof uploadTo === 'string') {
    const { bucket, name: prefix } = s3Place(field, uploadTo);
    if (!prefix.endsWith('/'))
      throw invalid(
        field,
        `s3://${bucket}/${prefix} names an object. End it with "/" to put all output files below it.`,
      );
    return [{ kind: 'upload', origin: field, root: layout.output, bucket, prefix }];
  }
  return uploadTo.map(({ path, url }, index): Put => {
    const origin = `${field}[${index}]`;
    const name = nameBelowOutput(`${origin}.path`, path);
    return { kind: 'put', origin, root: layout.output, name, to: target(`${origin}.url`, url) };
  });
}

function nameBelowOutput(field: string, path: string): string {
  const below = belowOutput(path);
  if (!('path' in below))
    throw invalidField(field, path, `${describePathProblem(below.problem)}. Name a file below ${layout.output}.`);
  if (below.path.endsWith('/'))
    throw invalidField(field, path, 'is a directory. Name a file, or give upload_to a prefix.');
  return below.path;
}

function target(field: string, url: string): Put['to'] {
  if (/^s3:/i.test(url)) {
    const place = s3Place(field, url);
    if (place.name.endsWith('/')) throw invalid(field, 'names no object: it ends in "/". Write s3://bucket/name.');
    return { kind: 'object', ...place };
  }
  return urlTarget(field, url);
}

function s3Place(field: string, url: string) {
  const place = parseS3Url(url);
  if (place === undefined)
    throw invalid(field, 'is no S3 URL. Write s3://bucket/prefix/, with a bucket of the configured store.');
  if (place.name.startsWith(reserved))
    throw invalid(
      field,
      `lies below ${reserved}, where the agent keeps the results of executions. Choose another name.`,
    );
  return place;
}

function invalid(field: string, problem: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: ${problem}`, { context: { field } });
}
