import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costGrowth, linearGrowth } from '../../../../tests/parts/measure/cost-ratio.ts';
import { executionPlanSchema, planDraftSchema } from '../../../wire/plan/plan.ts';
import { requestLimits } from '../../../wire/request/request-limits.ts';
import { resolveInVolumes } from '../../../workspace/resolve-in-volumes.ts';
import { parseTask } from './parse-task.ts';
import { placeTask } from './place-task.ts';
import { taskToDraft } from './task-to-draft.ts';
import { volumesOf } from './task-volumes.ts';

const executors = [{ image: 'alpine', command: ['true'] }];
const context = {
  executionId: '00000000-0000-4000-8000-000000000000',
  tenant: 'default',
  servicePort: 8080,
  tesNetwork: 'none',
} as const;

function draft(task: object) {
  return taskToDraft(parseTask(JSON.stringify({ executors, ...task })), context);
}

const output = (path: string, more: object = {}) => ({ url: 's3://bucket/key', path, ...more });

describe('a task', () => {
  test('becomes a plan that can be recorded', () => {
    const made = draft({ name: 'x', inputs: [{ path: '/a/b', content: 'c' }], outputs: [output('/o/x')] });
    expect(planDraftSchema.parse(made)).toEqual(made);
    expect(executionPlanSchema.shape.gateway.parse(made.gateway)).toBe('tes');
  });

  test('may have nulls anywhere', () => {
    const task = {
      name: null,
      inputs: [null, { name: null, path: '/a/b', content: 'c', url: null, type: null }],
      outputs: null,
      resources: { cpu_cores: null, backend_parameters: null, zones: null },
      executors: [{ image: 'alpine', command: ['true'], env: null, stdin: null, workdir: null }],
      tags: { a: null },
    };
    expect(draft(task)).toMatchObject({ tags: { a: '' }, inputs: [{ kind: 'inline', content: 'c' }], resources: {} });
  });

  test('content wins over a url, an empty content does not', () => {
    const inputs = [
      { path: '/a/b', content: 'c', url: 's3://bucket/x', type: 'DIRECTORY' },
      { path: '/a/c', content: '', url: 's3://bucket/x' },
    ];
    expect(draft({ inputs }).inputs).toMatchObject([{ kind: 'inline' }, { kind: 'object', name: 'x' }]);
  });

  test.each([
    [{ executors: [] }, /^executors: /],
    [{ executors: [{ image: 'x', command: [] }] }, /^executors\[0\]\.command: /],
    [{ executors: [{ image: 'x' }] }, /^executors\[0\]\.command: is missing/],
    [
      { executors: [{ image: 'x', command: ['a'], workdir: 'rel' }] },
      /^executors\[0\]\.workdir: "rel" is not absolute/,
    ],
    [{ executors: [{ image: 'x', command: ['a'], stdout: '/etc/x' }] }, /^executors\[0\]\.stdout: /],
    [{ executors: [{ image: 'x', command: ['a'], env: { 'a=b': 'c' } }] }, /^executors\[0\]\.env: /],
    [{ inputs: [{ path: '/a/b' }] }, /^inputs\[0\]: has neither url nor content/],
    [{ inputs: [{ path: 'a', content: '' }] }, /^inputs\[0\]\.path: "a" is not absolute/],
    [{ inputs: [{ path: '/a/../b', content: '' }] }, /^inputs\[0\]\.path: /],
    [{ inputs: [{ path: '/proc/x', content: '' }] }, /^inputs\[0\]\.path: /],
    [{ inputs: [{ path: '/etc/hosts', content: '' }] }, /^inputs\[0\]\.path: /],
    [{ inputs: [{ path: '/a', url: 'gs://x/y' }] }, /^inputs\[0\]\.url: /],
    [{ inputs: [{ path: '/a', url: 'https://x/', type: 'DIRECTORY' }] }, /^inputs\[0\]\.url: /],
    [{ inputs: [{ path: '/usr', url: 's3://bucket/x', type: 'DIRECTORY' }] }, /^inputs\[0\]\.path: /],
    [{ inputs: [1, 2].map(() => ({ path: '/a/b', content: 'x' })) }, /^inputs\[1\]\.path: .* inputs\[0\]/],
    [{ outputs: [output('/etc/x')] }, /^outputs\[0\]\.path: /],
    [{ outputs: [output('/x')] }, /^outputs\[0\]\.path: /],
    [{ outputs: [output('/o/*.txt')] }, /^outputs\[0\]\.path: .*path_prefix/],
    [{ outputs: [output('/o/*.txt', { path_prefix: '/p' })] }, /^outputs\[0\]\.path_prefix: /],
    [{ outputs: [output('/o/x', { url: 'ftp://example.com/x' })] }, /^outputs\[0\]\.url: /],
    [{ outputs: [output('/o', { url: 'https://x/', type: 'DIRECTORY' })] }, /^outputs\[0\]\.url: /],
    [{ outputs: [{ path: '/o/x' }] }, /^outputs\[0\]\.url: is missing/],
    [{ volumes: ['/'] }, /^volumes\[0\]: /],
    [{ resources: { cpu_cores: -1 } }, /^resources\.cpu_cores: /],
    [{ resources: { backend_parameters: { timeout: 'soon' } } }, /^resources\.backend_parameters\.timeout: /],
    [
      { resources: { backend_parameters: { vm: 'x' }, backend_parameters_strict: true } },
      /^resources\.backend_parameters\.vm: "x" is not known/,
    ],
  ])('is refused with the name of its field: %j', (task, message) => {
    expect(() => draft(task)).toThrow(message);
  });

  const mapOf = (entries: number) => Object.fromEntries(Array.from({ length: entries }, (_, at) => [`k${at}`, 'v']));

  test.each([
    ['tags', { tags: mapOf(100_000) }, requestLimits.tags],
    ['executors[0].env', { executors: [{ ...executors[0], env: mapOf(100_000) }] }, requestLimits.variables],
    ['resources.backend_parameters', { resources: { backend_parameters: mapOf(100_000) } }, requestLimits.tags],
    [
      'executors[0].command',
      { executors: [{ image: 'x', command: Array(100_000).fill('x') }] },
      requestLimits.arguments,
    ],
  ])('is refused with too many entries in %s', (field, task, max) => {
    expect(() => draft(task)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(
          new RegExp(`^${field.replaceAll(/[[\]]/g, '\\$&')}: .* It has 100000 entries\\. Use at most ${max}\\.$`),
        ),
      }),
    );
  });

  test('is refused with names and tags of too many bytes, which may be fewer characters', () => {
    const { name, tagName, tagValue } = requestLimits;
    const wide = (bytes: number) => 'é'.repeat(bytes / 2);
    for (const [task, field] of [
      [{ name: wide(name + 2) }, /^name: /],
      [{ name: 'a\0b' }, /^name: /],
      [{ tags: { [wide(tagName + 2)]: 'v' } }, /^tags/],
      [{ tags: { k: wide(tagValue + 2) } }, /^tags\.k: /],
      [{ resources: { backend_parameters: { [wide(tagName + 2)]: 'v' } } }, /^resources\.backend_parameters/],
      [{ executors: [{ image: 'x', command: ['a\0b'] }] }, /^executors\[0\]\.command\[0\]: /],
    ] as const)
      expect(() => draft(task)).toThrow(field);
    const most = { name: wide(name), tags: { ...mapOf(requestLimits.tags - 1), [wide(tagName)]: wide(tagValue) } };
    expect(draft(most)).toMatchObject(most);
  });

  test('asks for resources; backend parameters have any case', () => {
    const resources = {
      cpu_cores: 2,
      ram_gb: 0.5,
      disk_gb: 1,
      backend_parameters: { Timeout: '60', PRIORITY: '5', network: 'open', services: 'data, ai', other: 'x' },
    };
    expect(draft({ resources })).toMatchObject({
      resources: { cpus: 2, memoryBytes: 5e8, volumeBytes: 1e9 },
      timeoutSeconds: 60,
      priority: 5,
      network: { mode: 'open', services: ['data', 'ai'] },
    });
    expect(draft({ resources: { cpu_cores: 0, ram_gb: 0 } }).resources).toEqual({});
  });

  test('has a directory once, and a part of it is made', () => {
    const { volumes, inputs, scratch } = draft({
      inputs: [{ path: '/tmp/in/a', content: 'x' }],
      outputs: [output('/tmp/out/b'), output('/data/deep/er', { type: 'DIRECTORY' })],
      volumes: ['/tmp/', '/data'],
    });
    expect(volumes).toEqual([
      { path: '/tmp', access: 'read-write' },
      { path: '/data', access: 'read-write' },
    ]);
    expect(scratch).toEqual([]);
    expect(inputs.flatMap((input) => (input.kind === 'directory' ? [input.path] : []))).toEqual([
      '/tmp/out',
      '/data/deep/er',
      '/tmp/in',
    ]);
  });

  test.each([
    ['of their own', (at: number) => `/d${at}/x`],
    ['in one directory', (at: number) => `/top/d${at}/x`],
    ['of the image', (at: number) => `/etc/d${at}/x`],
    ['that are one', (at: number) => `/etc/same/x${at}`],
  ])('takes linear time for files in directories %s', (_kind, pathOf) => {
    const place = (size: number) => {
      const numbers = Array.from({ length: size }, (_, at) => at);
      const task = placeTask({
        executors,
        inputs: numbers.map((at) => ({ path: pathOf(at), content: '' })),
        outputs: numbers.map((at) => output(`/o${at}/x`)),
        volumes: ['/top'],
      });
      return () => volumesOf(task);
    };
    expect(costGrowth(place, 30)).toBeLessThan(linearGrowth);
  });

  test('mounts a single file where the image needs the rest of the directory', () => {
    const { volumes } = draft({
      inputs: [
        { path: '/etc/tool/x.conf', content: '' },
        { path: '/x', content: '' },
      ],
    });
    expect(volumes).toEqual([
      { path: '/etc/tool', access: 'read-only', files: ['x.conf'] },
      { path: '/', access: 'read-only', files: ['x'] },
    ]);
  });

  test('has every path in a volume, and no shared directory in another, for any paths', () => {
    const name = fc.constantFrom('a', 'b', 'etc', 'tmp', 'home', 'x.txt');
    const path = fc.array(name, { minLength: 2, maxLength: 4 }).map((parts) => `/data/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 4 }), fc.array(path, { maxLength: 4 }), (inputs, outputs) => {
        const { volumes } = draft({
          inputs: inputs.map((each) => ({ path: each, content: 'x' })),
          outputs: outputs.map((each) => output(each)),
        });
        const roots = new Map(volumes.map((volume) => [volume.path, volume.path]));
        for (const each of [...inputs, ...outputs]) {
          const { root, relative } = resolveInVolumes(roots, each) ?? expect.fail(`${each} is in no volume`);
          expect(`${root}/${relative}`).toBe(each);
        }
        for (const one of volumes)
          for (const other of volumes) expect(one.path.startsWith(`${other.path}/`)).toBe(false);
      }),
    );
  });
});

describe('outputs', () => {
  test('are files, directories and what wildcards match', () => {
    const outputs = [
      output('/o/x'),
      output('/o/d/', { type: 'DIRECTORY' }),
      output('/o/*/{1}.txt', { path_prefix: '/o/', url: 's3://bucket/dir/' }),
      output('/o/d*', { path_prefix: '/o', type: 'DIRECTORY' }),
      output('/o/y', { url: 'https://example.com/y?signed' }),
    ];
    expect(draft({ outputs }).outputs).toMatchObject([
      { kind: 'put', root: '/o', name: 'x', optional: true, to: { kind: 'object', bucket: 'bucket', name: 'key' } },
      { kind: 'upload', root: '/o/d', bucket: 'bucket', prefix: 'key/' },
      { kind: 'upload', root: '/o', pattern: '*/\\{1\\}.txt', prefix: 'dir/' },
      { kind: 'upload', root: '/o', pattern: 'd*/**', prefix: 'key/' },
      { kind: 'put', to: { kind: 'url', url: 'https://example.com/y?signed' } },
    ]);
  });
});
