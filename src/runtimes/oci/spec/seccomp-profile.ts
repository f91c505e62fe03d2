import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import type { SeccompRule } from './seccomp-rule.ts';
import { socketCalls, socketRules } from './socket-families.ts';

const argumentSchema = z.object({
  index: z.number(),
  value: z.number(),
  valueTwo: z.number().optional(),
  op: z.string(),
});

const conditionSchema = z.object({ caps: z.array(z.string()).optional(), arches: z.array(z.string()).optional() });

/** The form of containers-common's and Docker's profiles: rules with conditions. */
const profileSchema = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().optional(),
  syscalls: z.array(
    z.object({
      names: z.array(z.string()),
      action: z.string(),
      errnoRet: z.number().optional(),
      args: z.array(argumentSchema).nullish(),
      includes: conditionSchema.nullish(),
      excludes: conditionSchema.nullish(),
    }),
  ),
});

export type SeccompProfile = z.infer<typeof profileSchema>;

/** `linux.seccomp` of the OCI runtime specification: the same rules with every condition decided. */
export interface SeccompFilter {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

const EPERM = 1;
const ENOSYS = 38;

// containers-common leaves these to the capabilities. Docker's profile refuses them without CAP_SYS_ADMIN, because a user
// namespace would give them back; we follow Docker.
const onlyForAdministrators = [
  'add_key',
  'fsconfig',
  'fsmount',
  'fsopen',
  'fspick',
  'keyctl',
  'mount',
  'mount_setattr',
  'move_mount',
  'name_to_handle_at',
  'open_tree',
  'pivot_root',
  'quotactl_fd',
  'request_key',
  'sethostname',
  'setns',
  'syslog',
  'umount',
  'umount2',
  'unshare',
];
// Every CLONE_NEW… flag; the kernel's clone3 hides its flags from a filter, and libc falls back to clone on ENOSYS.
const namespaceFlags = 0x7e02_0000;
const administrator = 'CAP_SYS_ADMIN';

/** Image architecture (as in an image's configuration) → what the kernel and the profile call it. */
const architectures: Readonly<Record<string, { readonly profile: string; readonly filter: readonly string[] }>> = {
  amd64: { profile: 'amd64', filter: ['SCMP_ARCH_X86_64'] },
  '386': { profile: 'amd64', filter: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] },
  arm64: { profile: 'arm64', filter: ['SCMP_ARCH_AARCH64'] },
  arm: { profile: 'arm64', filter: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'] },
  ppc64le: { profile: 'ppc64le', filter: ['SCMP_ARCH_PPC64LE'] },
  riscv64: { profile: 'riscv64', filter: ['SCMP_ARCH_RISCV64'] },
  s390x: { profile: 's390x', filter: ['SCMP_ARCH_S390X'] },
};

/** @throws ExecError RUNTIME_UNAVAILABLE */
export async function readSeccompProfile(path: string): Promise<SeccompProfile> {
  try {
    return profileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `The system call filter ${path} cannot be read (${messageOf(error)}). Install Debian's golang-github-containers-common, or containers-common elsewhere.`,
      { cause: error },
    );
  }
}

/**
 * Decides the profile's conditions for one set of capabilities and one architecture. The filter knows that architecture
 * alone: each further one costs the OCI runtime about 7 ms per start, and is one more interface to attack.
 */
export function translateSeccomp(
  profile: SeccompProfile,
  capabilities: readonly string[],
  architecture: string,
): SeccompFilter {
  const { profile: arch, filter } = architectures[architecture] ?? { profile: architecture, filter: [] };
  const has = (wanted: readonly string[] | undefined) => wanted?.every((name) => capabilities.includes(name)) ?? true;
  const applies = profile.syscalls.filter(
    ({ includes, excludes }) =>
      has(includes?.caps) &&
      (includes?.arches?.includes(arch) ?? true) &&
      !(excludes?.caps?.some((name) => capabilities.includes(name)) ?? false) &&
      !(excludes?.arches?.includes(arch) ?? false),
  );
  const rules = applies.map(({ names, action, errnoRet, args }) => ({
    names,
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args === null || args.length === 0 ? {} : { args }),
  }));
  const { defaultAction, defaultErrnoRet } = profile;
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    architectures: filter,
    syscalls: [
      ...socketRules(capabilities),
      ...withoutCalls(
        capabilities.includes(administrator) ? rules : refuseNamespaces(rules, architecture),
        socketCalls,
      ),
    ],
  };
}

function refuseNamespaces(rules: readonly SeccompRule[], architecture: string): readonly SeccompRule[] {
  const refused = new Set([...onlyForAdministrators, 'clone', 'clone3']);
  const kept = withoutCalls(rules, refused);
  const flagsIndex = architecture === 's390x' ? 1 : 0;
  const withoutNamespaces = { index: flagsIndex, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
  return [
    ...kept,
    { names: onlyForAdministrators, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [withoutNamespaces] },
  ];
}

function withoutCalls(rules: readonly SeccompRule[], calls: ReadonlySet<string>): readonly SeccompRule[] {
  return rules
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !calls.has(name)) }))
    .filter(({ names }) => names.length > 0);
}
