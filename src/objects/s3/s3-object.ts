import { ExecError } from '../../support/exec-error.ts';
import type { ObjectKey } from '../object-store.ts';

export interface S3Object {
  readonly bucket: string;
  readonly name: string;
}

// No ARN, which the SDK would take for another endpoint than the configured one.
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const longestName = 1024;

/** @throws ExecError INVALID_REQUEST that says what is wrong with the name and what would be right */
export function s3ObjectOf(key: ObjectKey, defaultBucket: string): S3Object {
  if (key.name === '') throw invalidName('object name', '', 'is empty', '"data/input.csv"');
  return s3PrefixOf(key, defaultBucket, 'object name');
}

/** @throws ExecError INVALID_REQUEST */
export function s3PrefixOf({ bucket, name }: ObjectKey, defaultBucket: string, what = 'prefix'): S3Object {
  const problem = problemOf(name);
  if (problem !== undefined) throw invalidName(what, name, problem, '"data/input.csv"');
  return { bucket: s3BucketOf(bucket, defaultBucket), name };
}

function s3BucketOf(bucket: string | undefined, defaultBucket: string): string {
  const name = bucket === undefined || bucket === '' ? defaultBucket : bucket;
  if (bucketName.test(name)) return name;
  throw invalidName('bucket', name, 'is not 3 to 63 of a-z, 0-9, "." and "-"', '"exec-agent"');
}

function problemOf(name: string): string | undefined {
  if (name.includes('\0')) return 'holds a NUL byte';
  if (Buffer.from(name).toString() !== name) return 'is not valid Unicode';
  if (Buffer.byteLength(name) > longestName) return `is longer than ${longestName} bytes`;
  // Some stores and most HTTP clients take these for steps in a path, out of the bucket too.
  if (name.split('/').some((part) => part === '.' || part === '..')) return 'has a "." or ".." part';
  return undefined;
}

function invalidName(what: string, name: string, problem: string, right: string): ExecError {
  return new ExecError('INVALID_REQUEST', `The ${what} ${showName(name)} ${problem}. Use one such as ${right}.`);
}

const shownLength = 200;

/** Quoted, escaped and cut, for a sentence. */
export function showName(name: string): string {
  return JSON.stringify(name.length > shownLength ? `${name.slice(0, shownLength)}…` : name);
}
