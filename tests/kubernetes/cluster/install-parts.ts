import { findSystemParts } from '../../../src/agent/system-parts/find-system-parts.ts';
import { installSystemParts } from '../../../src/agent/system-parts/install-system-parts.ts';
import type { SystemPart } from '../../../src/agent/system-parts/system-parts.ts';

function program(name: string, debianPackage: string, purpose: string, versionArgs = ['--version']): SystemPart {
  return { name, purpose, where: { program: name, versionArgs }, debianPackage, elsewhere: name };
}

/** What the node is run with. */
export const nodeParts: readonly SystemPart[] = [
  program('busybox', 'busybox-static', 'the image of the pods', []),
  program('curl', 'curl', 'asks whether the API server is ready'),
  program('ip', 'iproute2', 'the link between the host and the node', ['-V']),
  program('iptables', 'iptables', 'the enforcement of network policies'),
  program('openssl', 'openssl', 'the certificates of the node', ['version']),
  program('pgrep', 'procps', 'finds the parts of the node'),
  program('unshare', 'util-linux', 'the namespaces of the node'),
];

/** What runc is compiled with. */
export const compilerParts: readonly SystemPart[] = [
  program('gcc', 'gcc', 'compiles runc'),
  program('pkg-config', 'pkg-config', 'finds the library that runc needs'),
  {
    name: 'libseccomp',
    purpose: 'the filters of runc',
    where: { file: '/usr/include/seccomp.h' },
    debianPackage: 'libseccomp-dev',
    elsewhere: 'the headers of libseccomp 2.5 or later',
  },
];

/** Installs what is missing where that is possible. @throws ExecError that says what to install */
export async function installParts(parts: readonly SystemPart[], tell: (line: string) => void): Promise<void> {
  const { signal } = new AbortController();
  const found = await findSystemParts({ searchPath: process.env.PATH ?? '', signal, parts });
  const absent = found.filter(({ path }) => path === undefined).map(({ part }) => part);
  if (absent.length > 0) await installSystemParts(absent, { onLine: tell, signal });
}
