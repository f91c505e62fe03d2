import type { Confinement } from '../../wire/plan/plan.ts';

// The same list as Docker's.
const usual = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** What root inside the container may do, as the kernel calls it. */
export function capabilitiesOf({ capabilities }: Confinement): readonly string[] {
  return (capabilities === 'engine' ? usual : capabilities).map((name) => `CAP_${name}`);
}
