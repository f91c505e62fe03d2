import { expect, test } from 'vitest';
import { type Confinement, type Step, standardConfinement } from '../../../wire/plan/plan.ts';
import { type ContainerParts, containerBody } from './container-body.ts';

const step: Step = {
  image: { reference: 'tool', pull: 'missing' },
  command: ['run', '--fast'],
  env: { A: '1', B: 'x=y' },
  workingDir: '/workspace/deep',
  readOnlyRoot: false,
  ignoreError: false,
};

const hostsFile = { Type: 'bind', Source: '/hosts', Target: '/etc/hosts', ReadOnly: true } as const;

function bodyOf(changes: { step?: Partial<Step>; parts?: Partial<ContainerParts> } = {}) {
  return containerBody({
    sandbox: {
      resources: { cpus: 0.5, memoryBytes: 1000, pids: 7, scratchBytes: 2000 },
      scratch: ['/tmp', '/workspace'],
      confinement: standardConfinement,
    },
    ids: undefined,
    step: { step: { ...step, ...changes.step }, image: { reference: 'tool', digest: 'sha256:d', id: 'sha256:i' } },
    mounts: [],
    hostsFile,
    networkMode: 'none',
    labels: { mine: 'yes' },
    facts: { logDriver: 'local', losesTmpfsMode: false, ociRuntimes: ['runc', 'runsc'] },
    limits: { openFiles: 100, logFileBytes: 3000, logFiles: 2 },
    ...changes.parts,
  });
}

test('container body: an argument or a variable that Linux does not take is START_FAILED with the limit', () => {
  const long = 'x'.repeat(131_072);
  const refused = expect.objectContaining({ code: 'START_FAILED', message: expect.stringContaining('131071') });
  expect(() => bodyOf({ step: { command: ['echo', long] } })).toThrow(refused);
  expect(() => bodyOf({ step: { env: { LONG: long } } })).toThrow(refused);
});

test('a container may do no more than its work needs', () => {
  const { HostConfig, ...body } = bodyOf();
  expect(HostConfig).toEqual({
    NetworkMode: 'none',
    Init: true,
    CapDrop: ['ALL'],
    CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: false,
    Memory: 1000,
    MemorySwap: 1000,
    NanoCpus: 500_000_000,
    PidsLimit: 7,
    Ulimits: [
      { Name: 'nofile', Soft: 100, Hard: 100 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    Tmpfs: {
      '/tmp': 'rw,exec,nosuid,nodev,mode=1777,size=2000',
      '/workspace': 'rw,exec,nosuid,nodev,mode=1777,size=2000',
    },
    Mounts: [hostsFile],
    LogConfig: { Type: 'local', Config: { 'max-size': '3000', 'max-file': '2' } },
  });
  expect(body).toMatchObject({ Tty: false, OpenStdin: false, Healthcheck: { Test: ['NONE'] }, NetworkDisabled: true });
});

test.each<[string, Partial<Confinement>, object]>([
  ['no capability at all', { capabilities: [] }, { CapDrop: ['ALL'], CapAdd: [] }],
  ['the engine’s own capabilities', { capabilities: 'engine' }, { CapDrop: undefined, CapAdd: undefined }],
  ['an OCI runtime', { ociRuntime: { name: 'runsc', missing: 'fall-back' } }, { Runtime: 'runsc' }],
  ['one that is missing', { ociRuntime: { name: 'kata', missing: 'fall-back' } }, { Runtime: undefined }],
  ['one that may not be missing', { ociRuntime: { name: 'kata', missing: 'refuse' } }, { Runtime: 'kata' }],
])('policy can ask for %s', (_title, confinement, expected) => {
  const resources = { cpus: 1, memoryBytes: 1, pids: 1, scratchBytes: 1, openFiles: 50, gpus: 'all' } as const;
  const sandbox = { resources, scratch: [], confinement: { ...standardConfinement, ...confinement } };
  const { HostConfig } = bodyOf({ parts: { sandbox } });
  expect(HostConfig).toMatchObject({ DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] });
  expect(HostConfig.Ulimits[0]).toEqual({ Name: 'nofile', Soft: 50, Hard: 50 });
  expect({ CapDrop: undefined, CapAdd: undefined, Runtime: undefined, ...HostConfig }).toMatchObject(expected);
});

test('container body: names the image by its resolved id, not by its tag', () => {
  expect(bodyOf().Image).toBe('sha256:i');
});

test('the request says how it runs', () => {
  expect(bodyOf({ step: { user: '1:2', entrypoint: ['/bin/e'], readOnlyRoot: true } })).toMatchObject({
    Cmd: ['run', '--fast'],
    Entrypoint: ['/bin/e'],
    Env: ['A=1', 'B=x=y'],
    User: '1:2',
    WorkingDir: '/workspace/deep',
    HostConfig: { ReadonlyRootfs: true },
  });
});

test('an engine makes /etc/hosts unless we bring one', () => {
  expect(bodyOf({ parts: { hostsFile: undefined } }).NetworkDisabled).toBe(false);
});

test('a network that is joined is never switched off', () => {
  const { NetworkDisabled, HostConfig } = bodyOf({ parts: { networkMode: 'container:holder' } });
  expect([NetworkDisabled, HostConfig.NetworkMode]).toEqual([false, 'container:holder']);
});

test('gVisor: has threads of its own, and makes scratch space from an option', () => {
  const facts = { logDriver: 'local', losesTmpfsMode: true, ociRuntimes: ['runc', 'runsc-kvm'] } as const;
  const resources = { cpus: 1, memoryBytes: 1, pids: 40, scratchBytes: 1 };
  const limitOf = (name: string) => {
    const confinement = { ...standardConfinement, ociRuntime: { name, missing: 'fall-back' } } as const;
    const { WorkingDir, HostConfig } = bodyOf({
      parts: { facts, sandbox: { resources, scratch: ['/workspace'], confinement } },
    });
    return [HostConfig.PidsLimit, WorkingDir];
  };
  expect(limitOf('runsc-kvm')).toEqual([296, '/workspace/deep']);
  // Missing: it runs in the engine's own.
  expect(limitOf('runsc')).toEqual([40, '/proc/self/root/workspace/deep']);
});

test('an old runc does not get to spoil the mode of scratch', () => {
  const facts = { logDriver: 'local', losesTmpfsMode: true, ociRuntimes: [] } as const;
  const workingDir = (path: string) => bodyOf({ step: { workingDir: path }, parts: { facts } }).WorkingDir;
  expect(['/workspace', '/workspace/deep', '/workspaces', '/'].map(workingDir)).toEqual([
    '/proc/self/root/workspace',
    '/proc/self/root/workspace/deep',
    '/workspaces',
    '/',
  ]);
});

test('an engine is given the ids that were judged, and no name to look up', () => {
  const ids = { uid: 1000, gid: 1001, additionalGids: [50, 60] };
  expect(bodyOf({ step: { user: 'app' }, parts: { ids } })).toMatchObject({
    User: '1000:1001',
    HostConfig: { GroupAdd: ['50', '60'] },
  });
});
