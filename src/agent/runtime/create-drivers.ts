import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RegistryAccess } from '../../runtimes/registries/registry-access.ts';
import type { Sources, Staging } from '../../runtimes/runtime.ts';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { AgentContext } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import type { Driver } from './choose-runtime.ts';
import { claimPlaces, workDirOf } from './claim-places.ts';
import { openRegistries } from './open-registries.ts';
import { warmOptionsOf, warmPodsOf } from './warm-options-of.ts';

/** For drivers with directories on this host, and for those whose data is elsewhere. */
export interface DataParts {
  readonly staging: Staging;
  readonly sources: Sources;
}

/** The drivers in the order in which `auto` tries them; one that is not tried is not loaded. */
export function createDrivers(config: Config, data: DataParts, context: AgentContext): readonly Driver[] {
  const { logger, searchPath = '' } = context;
  const dataDir = resolve(config.dataDir);
  const common = {
    workDir: workDirOf(config),
    staging: data.staging,
    logger,
    clock: systemClock,
    secretsDir: resolve(config.secretsMemory),
  };
  const warm = warmOptionsOf(config);
  const registries = () => openRegistries(config, context);
  const network = { port: config.servicePort, ready: config.networksReady };
  return [
    {
      name: 'docker',
      open: async () => {
        await claimPlaces(config);
        const { logFileBytes } = await import('../../runtimes/docker/logs/log-cost.ts');
        const { createDockerRuntime } = await import('../../runtimes/docker/create-docker-runtime.ts');
        return createDockerRuntime({
          ...common,
          registries: await registries(),
          host: config.dockerHost,
          tls: await readTls(config),
          transfer: config.dockerTransfer,
          network: { ...network, openNetwork: config.dockerNetwork, searchPath },
          warm,
          limits: {
            startsAtOnce: config.startsAtOnce,
            engineAwayMs: config.engineAwaySeconds * 1000,
            pullBytes: config.imageStoreBytes,
            imageEntries: config.imageFiles,
            archiveBytes: config.outputBytes,
            archiveEntries: config.outputFiles,
            logFileBytes: logFileBytes(config.logBytes, config.logLines),
          },
        });
      },
    },
    {
      name: 'oci',
      open: async () => {
        await claimPlaces(config);
        const { createOciRuntime } = await import('../../runtimes/oci/oci-runtime.ts');
        return createOciRuntime({
          ...common,
          registries: await registries(),
          imageDir: join(dataDir, 'images'),
          stateDir: join(dataDir, 'state'),
          imageStoreMaxBytes: config.imageStoreBytes,
          allowHostImage: config.hostImage,
          searchPath,
          dockerHost: config.dockerHost,
          network,
          warm,
          limits: { maxLogBytes: 2 * config.logBytes, imageEntries: config.imageFiles },
        });
      },
    },
    // Nobody comes to a cluster by chance.
    ...(config.runtime === 'kubernetes' ? [kubernetesDriver(config, data, { context, registries })] : []),
  ];
}

function kubernetesDriver(
  config: Config,
  { sources }: DataParts,
  { context, registries }: { readonly context: AgentContext; readonly registries: () => Promise<RegistryAccess> },
): Driver {
  return {
    name: 'kubernetes',
    open: async () => {
      const { kubernetesOptionsOf } = await import('./kubernetes-options.ts');
      const { createKubernetesRuntime } = await import('../../runtimes/kubernetes/create-kubernetes-runtime.ts');
      const { logger, environment = process.env } = context;
      const options = await kubernetesOptionsOf(
        config,
        { registries: await registries(), sources, logger },
        environment,
      );
      return createKubernetesRuntime({ ...options, warm: warmPodsOf(config), clock: systemClock });
    },
  };
}

async function readTls({ dockerHost, dockerTlsVerify, dockerCertPath }: Config) {
  if (!dockerTlsVerify || !dockerHost.startsWith('tcp:')) return undefined;
  const directory = dockerCertPath ?? join(homedir(), '.docker');
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readPem(join(directory, name))),
  );
  if (ca === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `${directory}/ca.pem does not exist. Set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem.`,
    );
  return { ca, ...(cert === undefined || key === undefined ? {} : { cert, key }) };
}

async function readPem(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new ExecError('RUNTIME_UNAVAILABLE', `${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
