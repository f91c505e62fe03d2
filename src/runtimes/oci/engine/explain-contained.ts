import { canAccess } from '../../../support/files/can-access.ts';

/** Files that Docker and Podman put into every container. */
const containerMarks = ['/.dockerenv', '/run/.containerenv'];

/** What an agent lacks that is itself in a container, as a sentence to follow an error; empty: it is in none. */
export async function explainContained(marks: readonly string[] = containerMarks): Promise<string> {
  const found = await Promise.all(marks.map((path) => canAccess(path)));
  if (!found.includes(true)) return '';
  return ' The agent is itself in a container: it needs /sys/fs/cgroup of the machine mounted writable, "pid: host", the capabilities SYS_ADMIN, SYS_PTRACE and NET_ADMIN, and no filter of system calls (seccomp=unconfined, apparmor=unconfined). The file compose.oci.yaml grants that.';
}
