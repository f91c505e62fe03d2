import { readFile } from 'node:fs/promises';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { ImageReference } from '../../support/names/image-reference.ts';
import { askCredentialHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import { readDockerLogin } from './docker-config.ts';
import type { RegistrySettings } from './registry-settings.ts';

/** One place from which an image can be had. */
export interface ImageSource {
  readonly registry: string;
  /** `registry/repository`, without tag and digest. */
  readonly repository: string;
  readonly isMirror: boolean;
  /** A PEM file. */
  readonly ca?: string | undefined;
  readonly insecure: boolean;
  /** Hosts off the public internet that it may send its readers to. */
  readonly redirects: readonly string[];
}

/** How registries are reached, the same for every runtime. */
export interface RegistryAccess {
  /** The mirrors in their order, and the registry itself. */
  sourcesOf(reference: ImageReference): readonly ImageSource[];
  /**
   * What is known for a registry: from the settings, Docker's configuration file, or a credential helper.
   * @throws ExecError IMAGE_PULL_FAILED that never holds a secret
   */
  credentialsFor(registry: string): Promise<Credentials | undefined>;
}

export interface RegistryAccessOptions {
  readonly settings: RegistrySettings;
  /** Where `docker login` leaves its config.json. */
  readonly dockerConfigDir: string;
  readonly searchPath: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const helperTimeoutMs = 30_000;

export function createRegistryAccess(options: RegistryAccessOptions): RegistryAccess {
  const { settings, dockerConfigDir, searchPath, environment } = options;
  const settingsOf = (registry: string) => (Object.hasOwn(settings, registry) ? settings[registry] : undefined) ?? {};

  const sourceAt = (place: string, { repository }: ImageReference, isMirror: boolean): ImageSource => {
    const registry = place.split('/')[0] ?? '';
    const { ca, insecure = false, redirects = [] } = settingsOf(registry);
    return { registry, repository: `${place}/${repository}`, isMirror, ca, insecure, redirects };
  };

  return {
    sourcesOf(reference) {
      const { mirrors = [] } = settingsOf(reference.registry);
      const own = sourceAt(reference.registry, reference, false);
      return [...mirrors.map((place) => sourceAt(place, reference, true)), own];
    },

    async credentialsFor(registry) {
      const { user, password_file: file, password_env: variable } = settingsOf(registry);
      const source = 'EXEC_REGISTRIES_FILE';
      if (user !== undefined) {
        const password = file === undefined ? environment[variable ?? ''] : await readPassword(file);
        if (password === undefined || password === '') throw noPassword(registry, file ?? variable ?? '');
        return { user, password, source };
      }
      const { credentials, helper } = await readDockerLogin(dockerConfigDir, registry);
      if (helper === undefined) return credentials;
      const { name, server } = helper;
      return askCredentialHelper({ helper: name, server, searchPath, environment, timeoutMs: helperTimeoutMs });
    },
  };
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ExecError('IMAGE_PULL_FAILED', `The password file ${file} cannot be read: ${messageOf(error)}.`);
  });
  return text.replace(/\r?\n$/, '');
}

function noPassword(registry: string, place: string): ExecError {
  return new ExecError('IMAGE_PULL_FAILED', `There is no password for ${registry} in ${place}.`);
}
