import { availableParallelism } from 'node:os';
import { bytes, choice, flag, integer, seconds, text } from './config-values.ts';

const GiB = 1024 ** 3;

/** What runs containers, and where their images come from. */
export const runtimeSettings = {
  runtime: choice('auto', 'docker', 'oci').default('auto').meta({
    group: 'Runtime',
    env: 'EXEC_RUNTIME',
    description:
      'What runs containers: docker, oci (crun or runc, no daemon), or auto: a Docker that answers, else oci.',
  }),
  dockerHost: text().default('unix:///var/run/docker.sock').meta({
    group: 'Runtime',
    env: 'DOCKER_HOST',
    description: 'Docker Engine: unix:///path or tcp://host:port.',
  }),
  dockerTlsVerify: flag().default(false).meta({
    group: 'Runtime',
    env: 'DOCKER_TLS_VERIFY',
    description: 'Speak TLS to the engine and check its certificate.',
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
      'How data reaches containers: bind mounts, the archive API, or auto: bind mounts where they are proven to work.',
  }),
  engineAwaySeconds: seconds(1, 86_400).default(600).meta({
    group: 'Runtime',
    env: 'EXEC_ENGINE_AWAY',
    description:
      'Seconds for which a container is waited for while its Docker Engine does not answer, as during a restart; then it is given up.',
  }),
  startsAtOnce: integer(1, 1024)
    .default(availableParallelism() * 2)
    .meta({
      group: 'Runtime',
      env: 'EXEC_STARTS_AT_ONCE',
      description: 'Containers that a Docker Engine is asked to start at a time. Default: two per CPU.',
    }),
  warmContainers: integer(0, 1024).default(0).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_CONTAINERS',
    description:
      'Containers that are started on a Docker Engine of this machine before they have a command, of what ran lately or waits in the queue, each for one execution; 0: none.',
  }),
  warmMemory: bytes().default(GiB).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_MEMORY',
    description:
      'Memory that these containers may use together, as their limits say; that much more than EXEC_MIN_FREE_MEMORY has to be available.',
  }),
  warmIdleSeconds: seconds(1, 86_400).default(300).meta({
    group: 'Runtime',
    env: 'EXEC_WARM_IDLE',
    description: 'Seconds without an execution that could have used one after which these containers are removed.',
  }),
  dockerConfig: text().optional().meta({
    group: 'Registries',
    env: 'DOCKER_CONFIG',
    description: 'Directory of the config.json that "docker login" writes; both runtimes use it. Default: ~/.docker.',
  }),
  registriesFile: text().optional().meta({
    group: 'Registries',
    env: 'EXEC_REGISTRIES_FILE',
    description:
      'YAML file with what is set for each registry: user, password_file or password_env, mirrors, ca, insecure. See docs/registries.md.',
  }),
  hostImage: flag().default(false).meta({
    group: 'Runtime',
    env: 'EXEC_HOST_IMAGE',
    description: 'Allow the image name "host": this machine’s /usr, read-only, on the oci runtime.',
  }),
  imageStoreBytes: bytes()
    .default(20 * GiB)
    .meta({
      group: 'Runtime',
      env: 'EXEC_IMAGE_STORE_MAX',
      description: 'How large the image store of the oci runtime may grow.',
    }),
};
