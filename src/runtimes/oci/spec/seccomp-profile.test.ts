import { describe, expect, test } from 'vitest';
import { type SeccompProfile, translateSeccomp } from './seccomp-profile.ts';

const allow = 'SCMP_ACT_ALLOW';
const refuse = 'SCMP_ACT_ERRNO';
const profile: SeccompProfile = {
  defaultAction: refuse,
  defaultErrnoRet: 38,
  syscalls: [
    { names: ['read', 'mount', 'clone', 'clone3', 'unshare'], action: allow, args: [], includes: {}, excludes: {} },
    { names: ['arch_prctl'], action: allow, includes: { arches: ['amd64', 'x32'] } },
    { names: ['set_tls'], action: allow, includes: { arches: ['arm', 'arm64'] } },
    { names: ['chroot'], action: allow, includes: { caps: ['CAP_SYS_CHROOT'] } },
    { names: ['chroot'], action: refuse, errnoRet: 1, excludes: { caps: ['CAP_SYS_CHROOT'] } },
    { names: ['personality'], action: allow, args: [{ index: 0, value: 8, valueTwo: 0, op: 'SCMP_CMP_EQ' }] },
    { names: ['socket'], action: allow, args: null },
  ],
};

function actionOf(name: string, capabilities: readonly string[] = [], architecture = 'amd64'): readonly string[] {
  const { syscalls } = translateSeccomp(profile, capabilities, architecture);
  return syscalls
    .filter(({ names }) => names.includes(name))
    .map(({ action, errnoRet, args }) =>
      [action, errnoRet, args?.[0]?.op].filter((part) => part !== undefined).join(' '),
    );
}

describe('the system call filter', () => {
  test('keeps what a container may always do, with its arguments', () => {
    expect(actionOf('read')).toEqual([allow]);
    expect(actionOf('personality')).toEqual([`${allow} SCMP_CMP_EQ`]);
  });

  test('decides conditions on capabilities', () => {
    expect(actionOf('chroot')).toEqual([`${refuse} 1`]);
    expect(actionOf('chroot', ['CAP_SYS_CHROOT'])).toEqual([allow]);
  });

  test('decides conditions on architectures', () => {
    expect(actionOf('arch_prctl')).toEqual([allow]);
    expect(actionOf('set_tls')).toEqual([]);
    expect(actionOf('set_tls', [], 'arm64')).toEqual([allow]);
  });

  test('refuses namespaces and mounts, which the profile leaves to the capabilities', () => {
    expect(actionOf('mount')).toEqual([`${refuse} 1`]);
    expect(actionOf('unshare')).toEqual([`${refuse} 1`]);
    expect(actionOf('clone')).toEqual([`${allow} SCMP_CMP_MASKED_EQ`]);
    expect(actionOf('clone3')).toEqual([`${refuse} 38`]);
    expect(actionOf('mount', ['CAP_SYS_ADMIN'])).toEqual([allow]);
  });

  test('knows the one architecture of the image, and the 32-bit one only where the image is of that', () => {
    expect(translateSeccomp(profile, [], 'amd64').architectures).toEqual(['SCMP_ARCH_X86_64']);
    expect(translateSeccomp(profile, [], '386').architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    expect(translateSeccomp(profile, [], 'arm64').architectures).toEqual(['SCMP_ARCH_AARCH64']);
  });

  test('allows sockets of the usual families alone, and no call that hides the family', () => {
    expect(answersTo('socket')).toEqual({ 1: allow, 2: allow, 10: allow, 16: allow, 17: allow });
    expect(answersTo('socketpair')).toEqual({ 1: allow });
    expect(actionOf('socketcall')).toEqual([`${refuse} 1`]);
    expect(actionOf('socketcall', [], '386')).toEqual([`${refuse} 1`]);
  });

  test('leaves the audit protocol of netlink to those with the capability', () => {
    expect(answersTo('socket', [], [16, 1, 9])).toEqual({});
    expect(answersTo('socket', ['CAP_AUDIT_WRITE'], [16, 1, 9])).toEqual({ 16: allow });
  });

  test('refuses by default, with the profile’s error', () => {
    expect(translateSeccomp(profile, [], 'amd64')).toMatchObject({ defaultAction: refuse, defaultErrnoRet: 38 });
  });
});

const comparisons: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  SCMP_CMP_EQ: (one, other) => one === other,
  SCMP_CMP_NE: (one, other) => one !== other,
  SCMP_CMP_GT: (one, other) => one > other,
};

/** The one action for each family, where that is to allow; two rules that contradict each other are an error. */
function answersTo(name: string, capabilities: readonly string[] = [], only?: readonly number[]) {
  const { syscalls } = translateSeccomp(profile, capabilities, 'amd64');
  const calls = only === undefined ? Array.from({ length: 64 }, (_, family) => [family, 1, 0]) : [only];
  const allowed: Record<number, string> = {};
  for (const call of calls) {
    const matching = syscalls.filter(
      ({ names, args = [] }) =>
        names.includes(name) && args.every(({ index, op, value }) => comparisons[op]?.(call[index] ?? 0, value)),
    );
    expect(matching).toHaveLength(1);
    if (matching[0]?.action === allow) allowed[call[0] ?? 0] = allow;
  }
  return allowed;
}
