import { findSystemParts } from '../../src/agent/system-parts/find-system-parts.ts';
import { installSystemParts } from '../../src/agent/system-parts/install-system-parts.ts';
import { type SystemPart, systemParts } from '../../src/agent/system-parts/system-parts.ts';
import { messageOf } from '../../src/support/exec-error.ts';
import type { TestPart } from './provided.ts';

/** What only the tests need. */
const testParts: readonly SystemPart[] = [
  {
    name: 'busybox',
    purpose: 'the tests make their image alpine:latest of it',
    where: { program: 'busybox', versionArgs: [] },
    debianPackage: 'busybox-static',
    elsewhere: 'a statically linked busybox',
  },
  {
    name: 'debootstrap',
    purpose: 'the tests make their images python:3.9-slim and r-base:latest with it',
    where: { program: 'debootstrap', versionArgs: ['--version'] },
    debianPackage: 'debootstrap',
    elsewhere: 'debootstrap (wiki.debian.org/Debootstrap)',
  },
  {
    name: 'docker-registry',
    purpose: 'the registry that the tests pull from',
    where: { program: 'docker-registry', versionArgs: ['--version'] },
    debianPackage: 'docker-registry',
    elsewhere: 'the program registry of distribution 2.8 (distribution.github.io), named docker-registry',
  },
  {
    name: 'docker-compose',
    purpose: 'starts the project’s compose file',
    where: { program: 'docker-compose', versionArgs: ['--version'] },
    debianPackage: 'docker-compose',
    elsewhere: 'docker-compose 1.29 or later',
  },
  {
    name: 'chromium',
    purpose: 'the browser that the client runs in',
    where: { program: 'chromium-headless-shell', versionArgs: ['--version'] },
    debianPackage: 'chromium-headless-shell',
    elsewhere: 'chrome-headless-shell (googlechromelabs.github.io/chrome-for-testing), named chromium-headless-shell',
  },
  {
    name: 'curl',
    purpose: 'asks the agent and its services as the README does',
    where: { program: 'curl', versionArgs: ['--version'] },
    debianPackage: 'curl',
    elsewhere: 'curl (curl.se)',
  },
  {
    name: 'ip',
    purpose: 'brings up the loopback of an engine’s own network, and looks at sockets (ss)',
    where: { program: 'ip', versionArgs: ['-V'] },
    debianPackage: 'iproute2',
    elsewhere: 'iproute2',
  },
  {
    name: 'openssl',
    purpose: 'the certificates of the tests’ Docker Engine',
    where: { program: 'openssl', versionArgs: ['version'] },
    debianPackage: 'openssl',
    elsewhere: 'OpenSSL 3',
  },
];

/** What only the tests with a certain object store need. */
const s3Parts: readonly SystemPart[] = [
  process.env.EXEC_TEST_S3 === 'minio'
    ? {
        name: 'go',
        purpose: 'builds MinIO, the object store of the tests with EXEC_TEST_S3=minio',
        where: { program: 'go', versionArgs: ['version'] },
        debianPackage: 'golang-go',
        elsewhere: 'Go 1.24 or later (go.dev)',
      }
    : {
        name: 'pip',
        purpose: 'fetches SeaweedFS, the object store of the tests',
        where: { program: 'pip3', versionArgs: ['--version'] },
        debianPackage: 'python3-pip',
        elsewhere: 'pip for Python 3 (pip.pypa.io)',
      },
];

const partsOf: Readonly<Record<TestPart, readonly string[]>> = {
  docker: ['docker', 'util-linux', 'openssl', 'busybox'],
  oci: ['runc', 'skopeo', 'umoci', 'tini', 'seccomp-profile', 'util-linux', 'busybox', 'ip'],
  redis: ['redis-server', 'util-linux'],
  registry: ['docker-registry', 'util-linux'],
  'debian-image': ['debootstrap', 'util-linux'],
  compose: ['docker-compose', 'curl', 'ip', 'util-linux', 'redis-server'],
  browser: ['chromium'],
  s3: [...s3Parts.map(({ name }) => name), 'openssl', 'util-linux'],
};

const needsRoot: readonly TestPart[] = ['docker', 'oci', 'debian-image', 'compose'];

/**
 * Installs what is missing where that is possible, and returns why what is still missing is.
 * @param used the only parts that are looked at; absent: all
 */
export async function findMissingParts(
  tell: (line: string) => void,
  used?: readonly TestPart[],
): Promise<Map<TestPart, string>> {
  const names = new Set(used?.flatMap((part) => partsOf[part]));
  const isUsed = ({ name }: SystemPart) => used === undefined || names.has(name);
  let absent = await findAbsent(isUsed);
  if (absent.length > 0) {
    const signal = new AbortController().signal;
    await installSystemParts(absent, { onLine: tell, signal }).catch((error) => tell(messageOf(error)));
    absent = await findAbsent(isUsed);
  }
  const absentNames = new Set(absent.map((part) => part.name));
  const missing = new Map<TestPart, string>();
  for (const [part, needed] of Object.entries(partsOf)) {
    if (!isTestPart(part) || used?.includes(part) === false) continue;
    const lacking = needed.filter((name) => absentNames.has(name));
    if (lacking.length > 0) missing.set(part, `not installed: ${lacking.join(', ')}`);
    else if (needsRoot.includes(part) && process.getuid?.() !== 0) missing.set(part, 'needs root');
  }
  return missing;
}

function isTestPart(name: string): name is TestPart {
  return name in partsOf;
}

async function findAbsent(isUsed: (part: SystemPart) => boolean): Promise<readonly SystemPart[]> {
  const signal = new AbortController().signal;
  const parts = [...systemParts, ...testParts, ...s3Parts].filter(isUsed);
  const found = await findSystemParts({ searchPath: process.env.PATH ?? '', signal, parts });
  return found.filter(({ path }) => path === undefined).map(({ part }) => part);
}
