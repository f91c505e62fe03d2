import { expect, test } from 'vitest';
import { systemParts } from '../../agent/system-parts/system-parts.ts';
import { missingParts } from './needed-parts.ts';

function missing(here: readonly string[], wanted: Partial<Parameters<typeof missingParts>[1]>) {
  const found = systemParts.map((part) =>
    here.includes(part.name) ? { part, path: `/usr/bin/${part.name}` } : { part },
  );
  const nothing = { privateRedis: false, oci: false, ociImages: false };
  return missingParts(found, { ...nothing, ...wanted }).map(({ name }) => name);
}

test('nothing is missing where nothing is wanted', () => {
  expect(missing([], {})).toEqual([]);
});

test('a private Redis needs its program', () => {
  expect(missing([], { privateRedis: true })).toEqual(['redis-server']);
  expect(missing(['redis-server'], { privateRedis: true })).toEqual([]);
});

test('one of the OCI runtimes is enough', () => {
  expect(missing([], { oci: true })).toEqual(['crun', 'runc', 'tini', 'seccomp-profile', 'util-linux']);
  expect(missing(['runc', 'tini', 'util-linux'], { oci: true })).toEqual(['seccomp-profile']);
});
