import { expect, test } from 'vitest';
import { explainConnectionError } from '../engine/explain-connection-error.ts';
import type { UsagePlace } from './find-usage-place.ts';
import { knownPlace } from './known-place.ts';

const placeAt = (path: string): UsagePlace => ({
  layout: { kind: 'v1', controllers: new Map(), mounts: [] },
  parent: { path },
});

/** An engine whose process can be found while it answers. */
function openEngine() {
  let losses = 0;
  let path: string | undefined = '/first';
  let looks = 0;
  const engine = {
    losses: () => losses,
    async facts() {
      if (path !== undefined) return;
      losses += 1;
      throw explainConnectionError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unix:///x.sock');
    },
  };
  const place = knownPlace(engine, async () => {
    looks += 1;
    return path === undefined ? undefined : placeAt(path);
  });
  return {
    place,
    looks: () => looks,
    /** Undefined: it is away. */
    becomes(next: string | undefined) {
      if (next === undefined) losses += 1;
      path = next;
    },
  };
}

test('place of usage groups: is looked for once while the engine is there', async () => {
  const engine = openEngine();
  for (let call = 0; call < 3; call++) expect(await engine.place()).toEqual(placeAt('/first'));
  expect(engine.looks()).toBe(1);
});

test('place of usage groups: an engine that is away keeps it, and its return is noticed', async () => {
  const engine = openEngine();
  await engine.place();
  engine.becomes(undefined);
  expect(await engine.place()).toEqual(placeAt('/first'));
  engine.becomes('/second');
  expect(await engine.place()).toEqual(placeAt('/second'));
});

test('place of usage groups: what is asked for first while the engine is away is found later', async () => {
  const engine = openEngine();
  engine.becomes(undefined);
  expect(await engine.place()).toBeUndefined();
  engine.becomes('/second');
  expect(await engine.place()).toEqual(placeAt('/second'));
});

test('place of usage groups: another error than a lost connection is not taken for an absence', async () => {
  const place = knownPlace({ losses: () => 0, facts: () => Promise.reject(new Error('odd')) }, async () => undefined);
  await expect(place()).rejects.toThrow('odd');
});
