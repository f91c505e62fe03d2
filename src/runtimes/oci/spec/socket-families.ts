import type { SeccompRule } from './seccomp-rule.ts';

const families = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
const auditProtocol = 9;

const EPERM = 1;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;
const allow = 'SCMP_ACT_ALLOW';
const refuse = 'SCMP_ACT_ERRNO';

const auditor = 'CAP_AUDIT_WRITE';

/** System calls that make sockets; what a profile says about them is replaced by `socketRules`. */
export const socketCalls: ReadonlySet<string> = new Set(['socket', 'socketpair', 'socketcall']);

/**
 * Lets containers have sockets of the families that programs in a network namespace use. All others reach the host or
 * code of the kernel that few look after: AF_VSOCK the hypervisor, AF_ALG the page cache that containers of one image share
 * (CVE-2026-31431).
 */
export function socketRules(capabilities: readonly string[]): readonly SeccompRule[] {
  const { unix, inet, inet6, netlink, packet } = families;
  const mayAudit = capabilities.includes(auditor);
  const others = Array.from({ length: packet }, (_, family) => family).filter(
    (family) => family !== unix && family !== inet && family !== inet6 && family !== netlink,
  );
  return [
    // Its arguments are behind a pointer, out of the filter's sight; libseccomp would add it to each rule for `socket` by itself.
    { names: ['socketcall'], action: refuse, errnoRet: EPERM },
    ...[unix, inet, inet6, packet].map((family) => ({
      names: ['socket'],
      action: allow,
      args: [familyIs('EQ', family)],
    })),
    { names: ['socket'], action: allow, args: [familyIs('EQ', netlink), ...(mayAudit ? [] : [protocolIs('NE')])] },
    ...(mayAudit
      ? []
      : [{ names: ['socket'], action: refuse, errnoRet: EINVAL, args: [familyIs('EQ', netlink), protocolIs('EQ')] }]),
    ...others.map((family) => ({
      names: ['socket'],
      action: refuse,
      errnoRet: EAFNOSUPPORT,
      args: [familyIs('EQ', family)],
    })),
    { names: ['socket'], action: refuse, errnoRet: EAFNOSUPPORT, args: [familyIs('GT', packet)] },
    { names: ['socketpair'], action: allow, args: [familyIs('EQ', unix)] },
    { names: ['socketpair'], action: refuse, errnoRet: EOPNOTSUPP, args: [familyIs('NE', unix)] },
  ];
}

function familyIs(comparison: 'EQ' | 'NE' | 'GT', value: number) {
  return { index: 0, value, valueTwo: 0, op: `SCMP_CMP_${comparison}` };
}

function protocolIs(comparison: 'EQ' | 'NE') {
  return { index: 2, value: auditProtocol, valueTwo: 0, op: `SCMP_CMP_${comparison}` };
}
