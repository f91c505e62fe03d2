import { posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExecError } from '../../../support/exec-error.ts';
import { parseS3Url } from '../../../support/names/s3-url.ts';
import { compileGlob } from '../../../support/patterns/match-glob.ts';
import type { Input, Output } from '../../../wire/plan/plan.ts';
import { urlSource } from '../../message/draft/inputs/url-inputs.ts';
import { urlTarget } from '../../message/draft/outputs/url-target.ts';
import { invalidField } from '../../message/request/invalid-request.ts';
import type { PlacedInput, PlacedOutput, PlacedStream, PlacedTask } from './place-task.ts';
import { contentOf } from './task-schema.ts';

/** @throws ExecError INVALID_REQUEST for a URL that is not read, and two inputs for one path */
export function inputsOf({ inputs }: PlacedTask): readonly Input[] {
  const owners = new Map<string, string>();
  return inputs.map((placed) => {
    const owner = owners.get(placed.path);
    if (owner !== undefined)
      throw invalidField(
        placed.origin,
        placed.path,
        `is also the path of ${owner}. Give each input a path of its own.`,
      );
    owners.set(placed.path, placed.field);
    return inputOf(placed);
  });
}

function inputOf({ field, path, type, input }: PlacedInput): Input {
  const origin = field;
  const { url } = input;
  const content = contentOf(input);
  if (content !== undefined) return { kind: 'inline', origin, path, content, encoding: 'utf8' };
  if (url === undefined || url === '')
    throw new ExecError('INVALID_REQUEST', `${field}: has neither url nor content. Give it one of them.`, {
      context: { field },
    });
  const place = `${field}.url`;
  const asked = url.startsWith('/') ? pathToFileURL(url).href : url;
  if (type === 'FILE') {
    const source = urlSource(place, { url: asked });
    if (source.kind !== 'prefix') return { ...source, origin, path };
    throw invalid(place, 'ends in "/", so it names a directory. Set type to DIRECTORY.');
  }
  const found = parseS3Url(asked.endsWith('/') ? asked : `${asked}/`);
  if (found === undefined)
    throw invalid(place, 'is no URL of a directory. Directories are read from s3://bucket/prefix only.');
  return { kind: 'prefix', origin, path, bucket: found.bucket, prefix: found.name };
}

/** @throws ExecError INVALID_REQUEST for a URL to which nothing is written, and a pattern that is too complex */
export function outputsOf({ outputs, streams }: PlacedTask): readonly Output[] {
  return [...outputs.map(outputOf), ...streams.flatMap(shownStream)];
}

function outputOf({ field, origin: pathField, path, root, pattern, type, output: { url } }: PlacedOutput): Output {
  const place = `${field}.url`;
  const common = { origin: field, root, links: 'inside' } as const;
  if (type === 'FILE' && pattern === undefined)
    return { ...common, kind: 'put', name: posix.basename(path), optional: true, to: target(place, url) };
  const found = parseS3Url(url.endsWith('/') ? url : `${url}/`);
  if (found === undefined)
    throw invalid(
      place,
      'cannot take several files. Directories and wildcards are written to s3://bucket/prefix only.',
    );
  if (pattern !== undefined && compileGlob(pattern) === undefined)
    throw invalidField(pathField, path, 'has too many wildcards. Use a shorter one.');
  const { bucket, name: prefix } = reserved(place, found);
  return { ...common, kind: 'upload', bucket, prefix, ...(pattern === undefined ? {} : { pattern }) };
}

/** What a step wrote to a file is shown in its log too, where it is short. */
function shownStream({ origin, stream, path }: PlacedStream): readonly Output[] {
  if (stream === 'stdin') return [];
  const pattern = posix.basename(path).replaceAll(/[\\*?[\]{}]/g, '\\$&');
  return [{ kind: 'files', origin, root: posix.dirname(path), pattern, required: false }];
}

function target(field: string, url: string): Extract<Output, { kind: 'put' }>['to'] {
  const found = parseS3Url(url);
  if (found !== undefined) {
    if (found.name.endsWith('/')) throw invalid(field, 'ends in "/", so it names a directory. Name an object.');
    return { kind: 'object', ...reserved(field, found) };
  }
  return urlTarget(field, url.startsWith('/') ? pathToFileURL(url).href : url);
}

const ofExecutions = 'executions/';

function reserved<T extends { readonly name: string }>(field: string, place: T): T {
  if (!place.name.startsWith(ofExecutions)) return place;
  throw invalid(field, `lies below ${ofExecutions}, where the agent keeps results. Choose another name.`);
}

function invalid(field: string, problem: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: ${problem}`, { context: { field } });
}
