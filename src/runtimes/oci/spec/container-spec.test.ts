import { describe, expect, test } from 'vitest';
import { type Step, standardConfinement } from '../../../wire/plan/plan.ts';
import { capabilitiesOf } from '../../users/capabilities.ts';
import { imageConfigSchema } from '../image/image-config.ts';
import { commandOf, containerSpec, type SpecInput } from './container-spec.ts';
import { mountsOf } from './spec-mounts.ts';

const step: Step = {
  image: { reference: 'tool:1', pull: 'missing' },
  env: {},
  workingDir: '/workspace',
  readOnlyRoot: false,
  ignoreError: false,
};

function specOf(more: Partial<Step>, config: object = {}, input: Partial<SpecInput> = {}) {
  const image = imageConfigSchema.parse({ config });
  return containerSpec({
    rootPath: '/root',
    step: { ...step, ...more },
    command: commandOf({ ...step, ...more }, image),
    image,
    user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
    mounts: [],
    resources: { cpus: 0.5, memoryBytes: 1000, pids: 10, scratchBytes: 1 },
    openFiles: 100,
    capabilities: capabilitiesOf(standardConfinement),
    seccomp: { defaultAction: 'SCMP_ACT_ERRNO', architectures: [], syscalls: [] },
    cgroupsPath: '/x',
    countsSwap: true,
    annotations: {},
    ...input,
  });
}

describe('the specification of a container', () => {
  test.each([
    [{}, { Entrypoint: ['/e'], Cmd: ['c'] }, ['/e', 'c']],
    [{ command: ['mine'] }, { Entrypoint: ['/e'], Cmd: ['c'] }, ['/e', 'mine']],
    [{ entrypoint: ['/mine'] }, { Entrypoint: ['/e'], Cmd: ['c'] }, ['/mine']],
    [{ entrypoint: ['/mine'], command: ['x'] }, { Cmd: ['c'] }, ['/mine', 'x']],
    [{ command: [] }, { Entrypoint: ['/e'], Cmd: ['c'] }, ['/e', 'c']],
    [{ entrypoint: [''], command: ['x'] }, { Entrypoint: ['/e'], Cmd: ['c'] }, ['x']],
    [{ entrypoint: [] }, { Entrypoint: ['/e'], Cmd: ['c'] }, ['c']],
  ])('%j over an image with %j runs %j', (more, config, args) => {
    expect(specOf(more, config).process.args).toEqual(['/dev/init', '--', ...args]);
  });

  test('nothing to run is START_FAILED, naming the image', () => {
    expect(() => specOf({})).toThrow(
      expect.objectContaining({ code: 'START_FAILED', message: expect.stringContaining('tool:1') }),
    );
  });

  test('an argument or a variable that Linux does not take is START_FAILED with the limit', () => {
    const long = 'x'.repeat(131_072);
    const refused = expect.objectContaining({ code: 'START_FAILED', message: expect.stringContaining('131071') });
    expect(() => specOf({ command: ['echo', long] })).toThrow(refused);
    expect(() => specOf({ command: ['echo'], env: { LONG: long } })).toThrow(refused);
    expect(() => specOf({ command: ['echo'] }, { Env: [`LONG=${long}`] })).toThrow(refused);
  });

  test('the step’s variables come over the image’s, and those over ours', () => {
    const { env } = specOf(
      { command: ['x'], env: { B: 'step' } },
      { Env: ['A=image', 'B=image', 'PATH=/only', 'broken'] },
    ).process;
    expect([...env].sort()).toEqual(['A=image', 'B=step', 'HOME=/root', 'HOSTNAME=container', 'PATH=/only']);
  });

  test('a user that is not root has no capability but can be given up to none', () => {
    const user = { uid: 5, gid: 5, additionalGids: [], home: '/' };
    expect(specOf({ command: ['x'] }, {}, { user }).process.capabilities).toMatchObject({
      effective: [],
      permitted: [],
    });
    expect(specOf({ command: ['x'] }).process.capabilities.effective).toContain('CAP_CHOWN');
  });

  test('limits are set; swap only where the kernel counts it', () => {
    const { resources } = specOf({ command: ['x'] }).linux;
    expect(resources).toMatchObject({ cpu: { quota: 50_000, period: 100_000 }, pids: { limit: 10 } });
    expect(resources.memory).toEqual({ limit: 1000, swap: 1000 });
    expect(specOf({ command: ['x'] }, {}, { countsSwap: false }).linux.resources.memory).toEqual({ limit: 1000 });
  });
});

test('every mount comes after the one it lies in', () => {
  const mounts = mountsOf({
    imageVolumes: [],
    volumes: [
      { path: '/workspace/input/deep', access: 'read-only' },
      { path: '/workspace/output', access: 'read-write' },
    ],
    roots: new Map([
      ['/workspace/input/deep', '/host/deep'],
      ['/workspace/output', '/host/output'],
    ]),
    scratch: ['/workspace', '/tmp', '/workspace/input'],
    scratchBytes: 1,
    shmBytes: 1,
    init: '/usr/bin/tini',
    shown: new Map([
      ['/etc/ssl/certs', '/etc/ssl/certs'],
      ['/usr', '/usr'],
    ]),
  });
  const order = mounts.map(({ destination }) => destination);
  for (const [index, path] of order.entries())
    for (const later of order.slice(index + 1)) expect(path.startsWith(`${later}/`)).toBe(false);
  const optionsOf = (path: string) => mounts.find(({ destination }) => destination === path)?.options;
  expect(optionsOf('/workspace/input/deep')).toContain('ro');
  expect(optionsOf('/workspace/output')).toContain('rw');
});
