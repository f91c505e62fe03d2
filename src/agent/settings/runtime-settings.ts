import { availableParallelism } from 'node:os';
import type { Capabilities } from '../../runtimes/runtime.ts';
import { bytes, choice, flag, integer, integerOrAuto, seconds, text } from './config-values.ts';

const GiB = 1024 ** 3;

const runtimeNames = ['auto', 'docker', 'oci', 'kubernetes'] as const;

const places: Readonly<Record<(typeof runtimeNames)[number], Capabilities['place']>> = {
  auto: 'machine',
  docker: 'machine',
  oci: 'machine',
  kubernetes: 'cluster',
};

/** Where the containers of that choice run; `auto` never chooses a cluster. */
export function placeOf(runtime: (typeof runtimeNames)[number]): Capabilities['place'] {
  return places[runtime];
}

/** What runs containers, and where their images come from. */
export const runtimeSettings = {
  runtime: choice(...runtimeNames)
    .default('auto')
    .meta({
      group: 'Runtime',
      env: 'EXEC_RUNTIME',
      description:
        'What runs containers: docker, oci (crun or runc, no daemon), kubernetes (pods of a cluster), or auto: Docker if it answers, otherwise oci.',
    }),
  dockerHost: text().default('unix:///var/run/docker.sock').meta({
    group: 'Runtime',
    env: 'DOCKER_HOST',
    description: 'Docker Engine: unix:///path or tcp://host:port.',
  }),
  dockerTlsVerify: flag().default(false).meta({
    group: 'Runtime',
    env: 'DOCKER_TLS_VERIFY',
    description: 'Use TLS to Docker and verify its certificate.',
  }),
  dockerCertPath: text().optional().meta({
    group: 'Runtime',
    env: 'DOCKER_CERT_PATH',
    description: 'Directory with ca.pem, cert.pem and key.pem for TLS.',
  }),
  dockerTransfer: choice('auto', 'bind', 'archive').default('auto').meta({
    group: 'Runtime',
    env: 'EXEC_DOCKER_TRANSFER',
    description:
      'How data gets into containers: bind (bind mounts), archive (Docker’s archive API), or auto: bind mounts if a trial shows that they work.',
  }),
  engineAwaySeconds: seconds(1, 86_400).default(600).meta({
    group: 'Runtime',
    env: 'EXEC_ENGINE_AWAY',
    description:
      'Seconds to wait for Docker if it stops answering while a container runs. After that, the execution fails.',
  }),
  startsAtOnce: integer(1, 1024)
    .default(availableParallelism() * 2)
    .meta({
      group: 'Runtime',
      env: 'EXEC_STARTS_AT_ONCE',
      description: 'Maximum number of containers that Docker is asked to start at the same time. Default: two per CPU.',
    }),
  warmContainers: integerOrAuto(0, 1024).optional().meta({
    group: 'Runtime',
    env: 'EXEC_WARM_CONTAINERS',
    description:
      'Maximum number of warm containers: started in advance, waiting for a command, for the images that run or are queued. auto: at most EXEC_CONCURRENCY, within half of the memory that is available to the agent. Local Docker, OCI runtimes and Kubernetes (pods). 0 disables them. Default: auto; 0 with Kubernetes, where they reserve resources of the nodes.',
  }),
  warmMemory: bytes().optional().meta({
    group: 'Runtime',
    env: 'EXEC_WARM_MEMORY',
    description:
      'Maximum total memory limit of warm containers. They are made only while this much more than EXEC_MIN_FREE_MEMORY is available; on Kubernetes, while quotas and nodes have room. Default: a quarter of the memory of the host, or of the agent’s cgroup; 1g with Kubernetes.',
  }),
  warmIdleSeconds: seconds(1, 86_400).default(300).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_IDLE',
    description: 'Seconds without a request that could use a warm container, after which all are removed.',
  }),
  dockerConfig: text().optional().meta({
    group: 'Registries',
    env: 'DOCKER_CONFIG',
    description: 'Directory of the config.json that "docker login" writes. Used by both runtimes. Default: ~/.docker.',
  }),
  registriesFile: text().optional().meta({
    group: 'Registries',
    env: 'EXEC_REGISTRIES_FILE',
    description:
      'YAML file with settings for each registry: user, password_file or password_env, mirrors, redirects, ca, insecure. See docs/registries.md.',
  }),
  hostImage: flag().default(false).meta({
    group: 'Runtime',
    env: 'EXEC_HOST_IMAGE',
    description: 'Allow the image name "host", which is the host’s /usr, read-only. Runtime oci only.',
  }),
  imageStoreBytes: bytes()
    .default(20 * GiB)
    .meta({
      group: 'Runtime',
      env: 'EXEC_IMAGE_STORE_MAX',
      description:
        'Maximum size of the image store of the oci runtime, and of what one image may download and take unpacked, on Docker too.',
    }),
  imageFiles: integer(1, 1_000_000_000).default(1_000_000).meta({
    group: 'Runtime',
    env: 'EXEC_IMAGE_FILES_MAX',
    description:
      'Maximum number of files, directories and links in one image. With Docker only where the agent sees its layers.',
  }),
};
