import { readFile } from 'node:fs/promises';
import { describeEscapes, findKnownEscapes } from '../../runtimes/known-escapes.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import type { Check } from './check.ts';

const section = 'Safety';

/** Which of the walls around a container stand on this machine. */
export async function checkSafety(runtime: Runtime | undefined): Promise<readonly Check[]> {
  const escapes = runtime === undefined ? [] : [await checkEscapes(runtime)];
  return [await checkSeccomp(), await checkAccessControl(), ...checkLimits(runtime), ...escapes];
}

async function checkSeccomp(): Promise<Check> {
  const name = 'system calls';
  const status = await readOrNothing('/proc/self/status');
  if (/^Seccomp:/m.test(status)) return { section, name, state: 'ok', detail: 'the kernel supports seccomp filters' };
  return {
    section,
    name,
    state: 'warn',
    detail: 'the kernel does not support seccomp filters: containers can make every system call',
    cure: 'Use a kernel with CONFIG_SECCOMP_FILTER.',
  };
}

async function checkAccessControl(): Promise<Check> {
  const name = 'access control';
  const appArmor = (await readOrNothing('/sys/module/apparmor/parameters/enabled')).startsWith('Y');
  const seLinux = (await readOrNothing('/sys/fs/selinux/enforce')) === '1';
  if (appArmor) return { section, name, state: 'ok', detail: 'AppArmor is active' };
  if (seLinux) return { section, name, state: 'ok', detail: 'SELinux is active' };
  return {
    section,
    name,
    state: 'off',
    detail: 'neither AppArmor nor SELinux is active: one layer of protection less',
  };
}

function checkLimits(runtime: Runtime | undefined): readonly Check[] {
  if (runtime === undefined) return [];
  const name = 'limits';
  if (runtime.capabilities.limits)
    return [{ section, name, state: 'ok', detail: `${runtime.name} enforces memory, CPU and process limits` }];
  return [
    {
      section,
      name,
      state: 'warn',
      detail: `${runtime.name} does not enforce memory, CPU and process limits here`,
      cure: 'Enable the cgroup controllers memory, cpu and pids.',
    },
  ];
}

async function checkEscapes(runtime: Runtime): Promise<Check> {
  const name = 'known escapes';
  const programs = await runtime.programs({});
  if (programs.length === 0) {
    const detail = 'not known: the programs are on the nodes of the cluster';
    return { section, name, state: 'off', detail };
  }
  const escapes = findKnownEscapes(programs);
  const versions = programs.map((program) => `${program.name} ${program.version}`).join(', ');
  if (escapes.length === 0) return { section, name, state: 'ok', detail: `none in ${versions}` };
  const cure =
    'Install newer versions, or check that your distribution has fixed these. A policy can refuse to run with them (container.known_escapes).';
  return { section, name, state: 'warn', detail: describeEscapes(escapes), cure };
}

function readOrNothing(path: string): Promise<string> {
  // What is not there is off.
  return readFile(path, 'utf8').catch(() => '');
}
