import { ExecError } from '../../support/exec-error.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import type { ObjectKey } from '../object-store.ts';

// S3's own rules, so that what works here works there.
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const longestObject = 1024;
const longestPart = 255;

/** An object as a path below the root of the store. */
export interface ObjectPath {
  readonly bucket: string;
  readonly name: string;
  readonly parts: readonly Buffer[];
}

/** @throws ExecError INVALID_REQUEST that says what is wrong with the name and what would be right */
export function objectPathOf(key: ObjectKey, defaultBucket: string): ObjectPath {
  const bucket = bucketOf(key, defaultBucket);
  const { name } = key;
  const problem = problemOf(name);
  if (problem !== undefined) throw invalidName('object name', name, problem, '"data/input.csv"');
  return { bucket, name, parts: [Buffer.from(bucket), ...partsOf(name)] };
}

/**
 * A prefix as the directory that holds all of its objects and the beginning that their names share.
 * @throws ExecError INVALID_REQUEST
 */
export function prefixPathOf(key: ObjectKey, defaultBucket: string): ObjectPath {
  const bucket = bucketOf(key, defaultBucket);
  const directory = key.name.slice(0, key.name.lastIndexOf('/') + 1).replace(/\/$/, '');
  const problem = directory === '' ? undefined : problemOf(directory);
  if (problem !== undefined || key.name.startsWith('/') || key.name.includes('\0'))
    throw invalidName('prefix', key.name, problem ?? 'starts with "/" or holds a NUL byte', '"data/"');
  return { bucket, name: key.name, parts: [Buffer.from(bucket), ...partsOf(directory)] };
}

function bucketOf({ bucket = '' }: ObjectKey, defaultBucket: string): string {
  const name = bucket === '' ? defaultBucket : bucket;
  if (bucketName.test(name)) return name;
  throw invalidName('bucket', name, 'is not 3 to 63 of a-z, 0-9, "." and "-"', '"exec-agent"');
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'holds a NUL byte';
  if (name.startsWith('/')) return 'starts with "/"';
  if (Buffer.byteLength(name) > longestObject) return `is longer than ${longestObject} bytes`;
  const parts = name.split('/');
  if (parts.includes('')) return 'has an empty part ("//" or a "/" at its end)';
  if (parts.includes('..') || parts.includes('.')) return 'has a "." or ".." part';
  if (parts.some((part) => Buffer.byteLength(part) > longestPart)) return `has a part longer than ${longestPart} bytes`;
  return undefined;
}

function invalidName(what: string, name: string, problem: string, right: string): ExecError {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  return new ExecError('INVALID_REQUEST', `The ${what} ${shown} ${problem}. Use one such as ${right}.`);
}
