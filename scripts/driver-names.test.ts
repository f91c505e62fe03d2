import { expect, test } from 'vitest';
import { namesIn } from './driver-names.mjs';

test.each([
  ["if (runtime.name === 'docker') stop();", 1],
  ['throw new Error(`use it on Docker or with crun`);', 1],
  ["const image = 'docker.io/library/alpine'; const host = 'host.docker.internal';", 0],
  ["// docker is not a string\nimport { a } from '../docker/a.ts';", 0],
])('driver names: %s', (text, count) => {
  expect(namesIn('src/execution/a.ts', text)).toHaveLength(count);
});

test('driver names: a driver may have its own, and a finding says where it is', () => {
  const text = "\nconst name = 'oci';";
  expect(namesIn('src/runtimes/oci/a.ts', text)).toEqual([]);
  expect(namesIn('src/queue/a.ts', text)).toEqual([
    'src/queue/a.ts:2: "oci" is the name of a driver; use what the contract says of the runtime',
  ]);
});
