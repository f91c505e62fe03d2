/** A program or file of the operating system that the agent or its tests build on. */
export interface SystemPart {
  readonly name: string;
  /** What it is for, in the words of a table row. */
  readonly purpose: string;
  readonly where: ProgramPlace | FilePlace;
  readonly debianPackage: string;
  /** What to install where there is no Debian package. */
  readonly elsewhere: string;
}

interface ProgramPlace {
  readonly program: string;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
}

interface FilePlace {
  readonly file: string;
}

export const systemParts: readonly SystemPart[] = [
  {
    name: 'redis-server',
    purpose: 'the private queue when REDIS_URL is not set',
    where: { program: 'redis-server', versionArgs: ['--version'] },
    debianPackage: 'redis-server',
    elsewhere: 'Redis 7 or later (redis.io), or set REDIS_URL to one that runs elsewhere',
  },
  {
    name: 'docker',
    purpose: 'the Docker Engine that runs containers with EXEC_RUNTIME=docker',
    where: { program: 'dockerd', versionArgs: ['--version'] },
    debianPackage: 'docker.io',
    elsewhere: 'Docker Engine 20.10 or later (docs.docker.com/engine/install), or set DOCKER_HOST',
  },
  {
    name: 'crun',
    purpose: 'the faster OCI runtime with EXEC_RUNTIME=oci',
    where: { program: 'crun', versionArgs: ['--version'] },
    debianPackage: 'crun',
    elsewhere: 'crun 1.8 or later (github.com/containers/crun)',
  },
  {
    name: 'runc',
    purpose: 'the OCI runtime where crun does not run',
    where: { program: 'runc', versionArgs: ['--version'] },
    debianPackage: 'runc',
    elsewhere: 'runc 1.1 or later (github.com/opencontainers/runc)',
  },
  {
    name: 'skopeo',
    purpose: 'pulls images when there is no Docker Engine',
    where: { program: 'skopeo', versionArgs: ['--version'] },
    debianPackage: 'skopeo',
    elsewhere: 'skopeo 1.9 or later (github.com/containers/skopeo)',
  },
  {
    name: 'umoci',
    purpose: 'unpacks images when there is no Docker Engine',
    where: { program: 'umoci', versionArgs: ['--version'] },
    debianPackage: 'umoci',
    elsewhere: 'umoci 0.4.7 or later (github.com/opencontainers/umoci)',
  },
  {
    name: 'tini',
    purpose: 'the init process inside OCI containers',
    where: { program: 'tini-static', versionArgs: ['--version'] },
    debianPackage: 'tini',
    elsewhere: 'tini-static 0.19 or later (github.com/krallin/tini) on PATH',
  },
  {
    name: 'seccomp-profile',
    purpose: 'the system calls that OCI containers may make',
    where: { file: '/usr/share/containers/seccomp.json' },
    debianPackage: 'golang-github-containers-common',
    elsewhere: 'the package containers-common, which brings /usr/share/containers/seccomp.json',
  },
  {
    name: 'util-linux',
    purpose: 'enters namespaces (unshare, nsenter)',
    where: { program: 'nsenter', versionArgs: ['--version'] },
    debianPackage: 'util-linux',
    elsewhere: 'util-linux 2.38 or later',
  },
];
