import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOf } from '../../tests/executions/example-plan.ts';
import { systemClock } from '../support/time/clock.ts';
import type { PlanDraft } from '../wire/plan/plan.ts';
import { admitPlan } from './admit-plan.ts';
import { judgeResolved } from './judge/judge-resolved.ts';
import { parsePolicy } from './policy/parse-policy.ts';
import type { Policy } from './policy/policy.ts';

const { signal } = new AbortController();
const digest = `sha256:${'0a'.repeat(32)}`;
const base: Policy['base'] = {
  defaults: { cpus: 1, memoryBytes: 100, pids: 10, scratchBytes: 50, shmBytes: 40, timeoutSeconds: 5 },
  maxima: { cpus: 2, memoryBytes: 200, pids: 20, scratchBytes: 80, shmBytes: 60, timeoutSeconds: 10 },
  hostImage: false,
  openFiles: 1000,
  ports: ['20000-32767'],
  offered: [
    { name: 'data', countsTokens: true },
    { name: 'ai', countsTokens: true },
  ],
  servicePort: 9000,
};

function policyOf(yaml: string): Policy {
  return { base, document: parsePolicy(yaml, 'policy') };
}

function draftOf(reference: string, fields: Partial<PlanDraft> = {}): PlanDraft {
  const { confinement: _, timeoutSeconds: __, ...plan } = planOf();
  const [step] = plan.steps;
  if (step === undefined) throw new Error('the plan has no step');
  return { ...plan, resources: {}, steps: [{ ...step, image: { reference, pull: 'missing' } }], ...fields };
}

function withUser(user: string): PlanDraft {
  const draft = draftOf('alpine');
  return { ...draft, steps: draft.steps.map((step) => ({ ...step, user })) };
}

const network = (fields: Partial<PlanDraft['network']>) => ({
  network: { mode: 'none' as const, services: [], ports: [], ...fields },
});

describe('without a policy file', () => {
  test('what the request leaves open is filled in, and its containers are held in the standard way', () => {
    expect(admitPlan(draftOf('alpine', { resources: { cpus: 2 } }), policyOf(''))).toMatchObject({
      resources: { cpus: 2, memoryBytes: 100, pids: 10, scratchBytes: 50, shmBytes: 40, openFiles: 1000 },
      timeoutSeconds: 5,
      confinement: { preset: 'standard', user: 'any' },
      steps: [{ readOnlyRoot: false }],
    });
  });

  test.each<[string, Partial<PlanDraft>]>([
    ['timeout', { timeoutSeconds: 11 }],
    ['resources.cpus', { resources: { cpus: 3 } }],
    ['resources.memory', { resources: { memoryBytes: 201 } }],
    ['resources.pids', { resources: { pids: 21 } }],
    ['resources.scratch', { resources: { scratchBytes: 81 } }],
    ['resources.shm', { resources: { shmBytes: 61 } }],
  ])('%s above its maximum is refused, not cut', (field, fields) => {
    expect(() => admitPlan(draftOf('alpine', fields), policyOf(''))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(`${field}: `) }),
    );
  });

  test('a default above its maximum is cut to it', () => {
    const policy = policyOf('maxima: {pids: 5}');
    expect(admitPlan(draftOf('alpine'), policy).resources.pids).toBe(5);
  });
});

test.each<[string, string, PlanDraft, RegExp]>([
  ['images.deny', 'images: {deny: ["**:latest"]}', draftOf('alpine'), /denied by the policy.*\*\*:latest/],
  ['images.deny before images.allow', 'images: {allow: ["**"], deny: [alpine]}', draftOf('alpine:3'), /denied/],
  ['images.allow', 'images: {allow: ["team/**"]}', draftOf('alpine'), /not among the images.*team\/\*\*/],
  ['images.allow of nothing', 'images: {allow: []}', draftOf('alpine'), /not among the images.*none/],
  ['images.digest', 'images: {digest: required}', draftOf('alpine'), /names no digest.*name@sha256/],
  ['images.host', '', draftOf('host'), /"host" is not allowed here/],
  [
    'maxima.gpus',
    'maxima: {gpus: 1}',
    draftOf('alpine', { resources: { gpus: 'all' } }),
    /gpus: all is more than the 1/,
  ],
  ['maxima.priority', 'maxima: {priority: 10}', draftOf('alpine', { priority: 11 }), /priority: 11 is more/],
  ['network', '', draftOf('alpine', network({ mode: 'open' })), /network\.mode: "open" is not allowed/],
  [
    'services',
    'services: [data]',
    draftOf('alpine', network({ services: ['ai'] })),
    /"ai" is not granted here \(data\)/,
  ],
  [
    'ports',
    'ports: ["8000-8999"]',
    draftOf('alpine', network({ ports: [{ container: 1, host: 80 }] })),
    /^network\.ports\.1: host port 80 is not allowed here\. Allowed: 8000-8999\. .*EXEC_PORTS.*policy file/,
  ],
  [
    'ports without a policy',
    '',
    draftOf('alpine', network({ ports: [{ container: 8000, host: 8001 }] })),
    /^network\.ports\.8000: host port 8001 is not allowed here\. Allowed: 20000-32767\. .*EXEC_PORTS/,
  ],
  [
    'ports when the policy allows none',
    'ports: []',
    draftOf('alpine', network({ ports: [{ container: 8000, host: 20_000 }] })),
    /Allowed: none\./,
  ],
  ['users.deny', 'users: {deny: [root]}', withUser('0:0'), /user: "0:0" may not be used/],
  ['users.deny by group alone', 'users: {deny: [root]}', withUser(':0'), /user: ":0" may not be used/],
  ['users.deny with a sign', 'users: {deny: [root]}', withUser('+0'), /may not be used/],
  ['users.deny of zeros', 'users: {deny: [0]}', withUser('00:5'), /may not be used/],
  ['groups.deny', 'groups: {deny: [root]}', withUser('5:0'), /user: "5:0" may not be used/],
  ['never-root by a range', 'preset: strict', withUser('1-5'), /is root, or may be/],
  ['never-root by group', 'preset: strict', withUser('5:0'), /is root, or may be/],
  ['users.allow', 'users: {allow: ["1000-1999"]}', withUser('2000'), /may not be used/],
  ['never-root', 'container: {user: never-root}', withUser('app'), /is root, or may be/],
  ['never-root by number', 'preset: strict', withUser('0'), /is root, or may be/],
])('%s refuses, and says so', (_title, yaml, draft, message) => {
  expect(() => admitPlan(draft, policyOf(yaml))).toThrow(message);
});

test('ports: a request publishes exactly the host ports that are allowed', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const range = fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 4 }), port, fc.boolean(), (ranges, host, inPolicy) => {
      const ports = ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
      const policy: Policy = inPolicy
        ? { base, document: { ports } }
        : { base: { ...base, ports }, document: parsePolicy('', 'policy') };
      const draft = draftOf('alpine', network({ ports: [{ container: 8000, host }] }));
      if (ranges.some(([from, to]) => from <= host && host <= to)) admitPlan(draft, policy);
      else expect(() => admitPlan(draft, policy)).toThrow(expect.objectContaining({ code: 'POLICY_DENIED' }));
    }),
  );
});

test('ports: the request of the documentation runs once its port is allowed', () => {
  const draft = draftOf('alpine', network({ ports: [{ container: 8000, host: 8001 }] }));
  const policy = { base: { ...base, ports: ['8001', '20000-32767'] }, document: parsePolicy('', 'policy') };
  expect(admitPlan(draft, policy).network.ports).toEqual([{ container: 8000, host: 8001 }]);
});

test('a name that is no image reference is refused at the door', () => {
  expect(() => admitPlan(draftOf('Not An Image'), policyOf(''))).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST' }),
  );
});

describe('rules', () => {
  const policy = policyOf(`
preset: strict
images: {allow: ["team/**"]}
maxima: {cpus: 1}
rules:
  - name: research
    tenants: ["research-*"]
    preset: trusted
    maxima: {memory: 150}
  - name: training
    tags: {purpose: [training, "train-*"]}
    images: {allow: ["**"]}
    container: {capabilities: none}
`);
  const settledFor = (tenant: string, tags: Record<string, string>, reference = 'team/tool') =>
    admitPlan(draftOf(reference, { tenant, tags }), policy);

  test('none applies to a stranger', () => {
    expect(settledFor('someone', {})).toMatchObject({
      confinement: { preset: 'strict', capabilities: [], user: 'never-root', ociRuntime: { name: 'runsc' } },
      steps: [{ readOnlyRoot: true }],
    });
    expect(() => settledFor('someone', {}, 'alpine')).toThrow('not among the images');
  });

  test('one by tenant is laid over the rest', () => {
    const plan = settledFor('research-1', {});
    expect(plan.confinement).toEqual({ preset: 'trusted', capabilities: 'engine', user: 'any' });
    expect(plan.resources).toMatchObject({ cpus: 1, memoryBytes: 100 });
    const asked = draftOf('team/tool', { tenant: 'research-1', resources: { memoryBytes: 151 } });
    expect(() => admitPlan(asked, policy)).toThrow('150 B');
  });

  test('one by tag comes on top of one by tenant', () => {
    expect(settledFor('research-1', { purpose: 'train-7' }, 'alpine').confinement).toMatchObject({
      preset: 'trusted',
      capabilities: [],
    });
  });

  test('a tag of another value, or of the name of something every object has, does not match', () => {
    expect(() => settledFor('someone', { purpose: 'play' }, 'alpine')).toThrow('not among the images');
    const odd = policyOf('rules: [{name: odd, tags: {constructor: "*"}, preset: trusted}]');
    expect(admitPlan(draftOf('alpine'), odd).confinement.preset).toBe('standard');
  });
});

describe('when the digest is known', () => {
  const plan = admitPlan(draftOf('team/tool:1'), policyOf(''));
  const scanner = { scan: () => Promise.reject(new Error('it is off')) };
  const judge = (yaml: string, image: { readonly digest: string; readonly id?: string }) =>
    judgeResolved(
      plan,
      { reference: 'team/tool:1', ...image },
      { policy: policyOf(yaml), scanner, rootfs: async () => undefined, clock: systemClock, signal },
    );

  test.each([
    ['an allowed digest passes', `images: {allow: ["team/tool@${digest}"]}`, { digest }],
    [
      'the id that an engine has for it counts too',
      `images: {allow: ["**@${digest}"]}`,
      { digest: 'sha256:1', id: digest },
    ],
    ['a digest that is not denied passes', `images: {deny: ["**@${digest}"]}`, { digest: 'sha256:1' }],
  ])('%s', async (_title, yaml, image) => {
    await expect(judge(yaml, image)).resolves.toEqual({ warnings: [] });
  });

  test.each([
    ['another digest than the allowed one', `images: {allow: ["team/tool@${digest}"]}`, { digest: 'sha256:1' }],
    ['a denied digest', `images: {deny: ["**@${digest}"]}`, { digest }],
  ])('%s is refused', async (_title, yaml, image) => {
    await expect(judge(yaml, image)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });
});
