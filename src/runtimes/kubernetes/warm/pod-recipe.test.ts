import fc from 'fast-check';
import { expect, test } from 'vitest';
import { specOf } from '../../contract/bench.contract.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import { podOptions } from '../pod-options.contract.ts';
import { identityOf } from '../shape/pod-names.ts';
import { podShape } from '../shape/pod-shape.ts';
import { podRecipeOf } from './pod-recipe.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function stepOf(more: Partial<StepSpec['step']> = {}, secrets: StepSpec['secrets'] = []): StepSpec {
  const image = { reference: 'alpine', pull: 'missing' } as const;
  return {
    step: { image, env: {}, readOnlyRoot: false, ignoreError: false, ...more },
    image: { reference: 'alpine', digest, config: { arch: 'amd64' } },
    secrets,
  };
}

interface Asked {
  readonly spec?: SandboxSpec;
  readonly steps?: readonly StepSpec[];
  readonly runtimeClass?: string;
  readonly options?: Partial<PodOptions>;
}

function keyOf({ spec = specOf(), steps = [stepOf()], runtimeClass, options = {} }: Asked = {}): string | undefined {
  return podRecipeOf({ sandbox: spec, steps, runtimeClass }, { ...podOptions, ...options })?.key;
}

test('podRecipeOf: what comes with the order does not matter', () => {
  const variable = { name: 'KEY', as: 'variable', value: Buffer.from('s3cret') } as const;
  const others = [
    stepOf({ command: ['sh', '-c', 'echo'], entrypoint: ['/init'] }),
    stepOf({ env: { WORD: 'value' } }),
    stepOf({ user: '1000:1000' }),
    stepOf({ workingDir: '/somewhere' }),
    stepOf({ stdin: '/workspace/input/in', stdout: '/workspace/output/out' }),
    stepOf({}, [variable]),
  ];
  for (const step of others) expect(keyOf({ steps: [step] })).toBe(keyOf());
  expect(keyOf({ spec: specOf({ resources: { pids: 17, openFiles: 99 } }) })).toBe(keyOf());
  expect(keyOf({ spec: specOf({ network: { mode: 'none', onConnection: () => undefined, ports: [] } }) })).toBe(
    keyOf(),
  );
});

test('podRecipeOf: what is in the specification of the pod matters', () => {
  const file = { name: 'KEY', as: 'file', value: Buffer.from('s3cret') } as const;
  const { image } = stepOf();
  const others: readonly Asked[] = [
    { spec: specOf({ deployment: 'another' }) },
    { spec: specOf({ resources: { memoryBytes: 1 } }) },
    { spec: specOf({ resources: { cpus: 0.5 } }) },
    { spec: specOf({ resources: { scratchBytes: 1 } }) },
    { spec: specOf({ resources: { shmBytes: 1 } }) },
    { spec: specOf({ resources: { layerBytes: 1 } }) },
    { spec: specOf({ scratch: ['/tmp'] }) },
    { spec: specOf({ volumes: [{ path: '/in', access: 'read-only' }] }) },
    { spec: specOf({ volumes: [{ path: '/in', access: 'read-write' }] }) },
    { spec: specOf({ volumes: [{ path: '/in', access: 'read-only', files: ['a'] }] }) },
    { spec: specOf({ confinement: { capabilities: ['NET_RAW'] } }) },
    { steps: [stepOf({ readOnlyRoot: true })] },
    { steps: [stepOf(), stepOf()] },
    { steps: [{ ...stepOf(), image: { ...image, digest: `sha256:${'b'.repeat(64)}` } }] },
    { steps: [stepOf({}, [file])] },
    { runtimeClass: 'gvisor' },
    { options: { nodeSelector: { pool: 'jobs' } } },
    { options: { isolation: 'policy' } },
  ];
  const keys = [{}, ...others].map((each) => keyOf(each));
  expect(new Set(keys).size).toBe(others.length + 1);
});

test('podRecipeOf: nothing is made ahead with a GPU, or without steps', () => {
  expect(keyOf({ spec: specOf({ resources: { gpus: 1 } }) })).toBeUndefined();
  expect(keyOf({ steps: [] })).toBeUndefined();
});

test('podRecipeOf: keeps neither commands, variables nor secrets', () => {
  const secrets = [{ name: 'KEY', as: 'file', value: Buffer.from('s3cret') }] as const;
  const recipe = podRecipeOf(
    { sandbox: specOf(), steps: [stepOf({ command: ['s3cret'], env: { KEY: 's3cret' } }, secrets)] },
    podOptions,
  );
  expect(JSON.stringify(recipe)).not.toContain('s3cret');
  expect(recipe?.steps[0]?.secrets?.every(({ value }) => value.length === 0)).toBe(true);
});

test('podRecipeOf: two executions have the same key exactly when their pods are the same but for their names', () => {
  const resources = fc.record({
    memoryBytes: fc.constantFrom(64, 128),
    cpus: fc.constantFrom(1, 2),
    pids: fc.constantFrom(16, 32),
    scratchBytes: fc.constantFrom(1, 2),
  });
  const asked = fc.record({
    resources,
    scratch: fc.subarray(['/tmp', '/run']),
    readOnlyRoot: fc.boolean(),
    user: fc.constantFrom('0', 'app'),
    command: fc.constantFrom<string[]>(['true'], ['false']),
    capabilities: fc.constantFrom([], ['NET_RAW'], ['SETUID']),
  });
  type Made = typeof asked extends fc.Arbitrary<infer T> ? T : never;
  const made = ({ readOnlyRoot, user, command, scratch, capabilities, ...rest }: Made) => {
    const spec = specOf({ ...rest, scratch, confinement: { capabilities: [...capabilities] } });
    return { spec, steps: [stepOf({ readOnlyRoot, user, command })] };
  };
  const podOf = ({ spec, steps }: ReturnType<typeof made>) => {
    const identity = identityOf({ deployment: spec.deployment, executionId: 'x', fence: 1 });
    const fixed = { podKey: Buffer.alloc(32), nonce: '', restartsKeep: true, options: podOptions };
    return JSON.stringify(podShape({ ...fixed, identity, spec, steps }));
  };
  fc.assert(
    fc.property(asked, asked, (a, b) => {
      const [one, other] = [made(a), made(b)];
      expect(keyOf(one) === keyOf(other)).toBe(podOf(one) === podOf(other));
    }),
  );
});
