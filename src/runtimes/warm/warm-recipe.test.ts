import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standardConfinement } from '../../wire/plan/plan.ts';
import type { WarmNeeds } from '../runtime.ts';
import { noRecipeFor, warmNeedsOf, warmRecipeOf } from './warm-recipe.ts';

const sandbox = {
  deployment: 'test',
  volumes: [{ path: '/workspace/output', access: 'read-write' }],
  scratch: [],
  resources: { cpus: 1, memoryBytes: 1, pids: 1, scratchBytes: 1 },
  confinement: standardConfinement,
} as const;
const image = { reference: 'alpine', digest: 'sha256:1', id: 'sha256:1' };
const step = {
  image: { reference: 'alpine', pull: 'missing' },
  env: {},
  workingDir: '/',
  readOnlyRoot: false,
  ignoreError: false,
} as const;
const none: WarmNeeds = { network: 'none', secretFiles: false };

test('warm recipe: services and ports need a network, secrets as files a directory', () => {
  const ports = [{ container: 80, host: 8080 }];
  const onConnection = () => undefined;
  const secret = (as: 'variable' | 'file') => [{ name: 'KEY', as, value: Buffer.from('x') }];
  expect(warmNeedsOf({})).toEqual(none);
  expect(warmNeedsOf({ network: { mode: 'none', ports: [] } }, secret('variable'))).toEqual(none);
  expect(warmNeedsOf({ network: { mode: 'none', ports } })).toMatchObject({ network: 'own' });
  expect(warmNeedsOf({ network: { mode: 'none', ports: [], onConnection } })).toMatchObject({ network: 'own' });
  expect(warmNeedsOf({ network: { mode: 'open', ports, onConnection } })).toMatchObject({ network: 'open' });
  expect(warmNeedsOf({}, secret('file'))).toMatchObject({ secretFiles: true });
});

test('warm recipe: what cannot wait has a reason', () => {
  const reasonOf = (given: object, needs = none, of: object = image) =>
    noRecipeFor({ ...sandbox, ...given }, { image: { ...image, ...of } }, needs);
  const { resources, confinement } = sandbox;
  expect(reasonOf({})).toBeUndefined();
  expect(reasonOf({}, { ...none, network: 'own' })).toBeUndefined();
  expect(reasonOf({}, { ...none, network: 'open' })).toBe('open_network');
  expect(reasonOf({ resources: { ...resources, gpus: 'all' } })).toBe('gpu');
  expect(reasonOf({ confinement: { ...confinement, ociRuntime: { name: 'runsc', missing: 'refuse' } } })).toBe(
    'oci_runtime',
  );
  expect(reasonOf({ volumes: [{ path: '/f', access: 'read-write', files: [] }] })).toBe('file_volume');
  expect(reasonOf({ volumes: [{ path: '/in', access: 'read-only' }] })).toBe('no_writable_volume');
  expect(noRecipeFor(sandbox, { image: { reference: 'alpine', digest: 'sha256:1' } }, none)).toBe('unknown_image');
});

interface Shape extends WarmNeeds {
  readonly memoryBytes: number;
  readonly user: string;
}

test('warm recipe: two are alike if all is that a container has from its beginning, and hold no secret', () => {
  const shape: fc.Arbitrary<Shape> = fc.record({
    memoryBytes: fc.constantFrom(1, 2),
    user: fc.constantFrom('1', '2'),
    network: fc.constantFrom('none' as const, 'own' as const),
    secretFiles: fc.boolean(),
  });
  const recipeOf = ({ memoryBytes, user, ...needs }: Shape, env: string) =>
    warmRecipeOf(
      { ...sandbox, resources: { ...sandbox.resources, memoryBytes } },
      {
        step: { ...step, user, env: { NAME: env } },
        image,
        secrets: [{ name: 'K', as: 'file', value: Buffer.from('s3cret') }],
      },
      needs,
    );
  fc.assert(
    fc.property(shape, shape, (one, other) => {
      const [first, second] = [recipeOf(one, 'a'), recipeOf(other, 'b')];
      expect(first?.key === second?.key).toBe(JSON.stringify(one) === JSON.stringify(other));
      expect(first?.step).not.toHaveProperty('secrets');
    }),
  );
});
