import { part as planPart, sentence } from '../../wire/sentence.ts';
import { ExecError } from '../exec-error.ts';
import { registryName } from '../net/registry-name.ts';

/** A reference as people write it, with everything that they may leave out. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`; in lower case, an address in its one spelling. */
  readonly registry: string;
  /** `library/alpine`, `team/tool` */
  readonly repository: string;
  /** Absent when there is a digest, which says it all. */
  readonly tag?: string;
  /** `sha256:…` of the manifest, as the registry knows it. */
  readonly digest?: string;
  /** The short form without tag and digest: `alpine`, `localhost:5000/tool`. */
  readonly name: string;
  /** `registry/repository:tag` or `registry/repository@sha256:…`. */
  readonly canonical: string;
  /** The same with the short name: `alpine:latest`. */
  readonly familiar: string;
}

const dockerHub = 'docker.io';
const officialImages = 'library/';
const host = '[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?';
const registryPattern = new RegExp(String.raw`^(?:${host}|\[[0-9a-fA-F:]+\])(?::\d+)?$`);
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);
const pattern = /^(?<path>[^\s@]+?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const longestName = 255;

/** A digest alone, without the name of an image. */
export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `alpine`, `team/tool:1`, `localhost:5000/tool`, `name@sha256:…` by Docker's rules: a name alone means its tag
 * `latest`, and a digest makes the tag meaningless.
 * @throws ExecError INVALID_REQUEST naming what was written
 */
export function parseImageReference(text: string): ImageReference {
  const { path = '', tag = 'latest', digest } = pattern.exec(text)?.groups ?? {};
  const { registry, repository: short } = splitRegistry(path);
  if (!registryPattern.test(registry) || !repositoryPattern.test(short) || path.length > longestName)
    throw notAReference(text);
  const official = registry === dockerHub && !short.includes('/');
  const repository = official ? `${officialImages}${short}` : short;
  const name = registry === dockerHub ? repository.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${repository}`;
  const suffix = digest === undefined ? `:${tag}` : `@${digest}`;
  return {
    registry,
    repository,
    ...(digest === undefined ? { tag } : { digest }),
    name,
    canonical: `${registry}/${repository}${suffix}`,
    familiar: `${name}${suffix}`,
  };
}

/** The first part is a registry when it could be the name of a host and not of a person. */
function splitRegistry(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf('/');
  const first = path.slice(0, slash).toLowerCase();
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (!isHost) return { registry: dockerHub, repository: path };
  const registry = first === `index.${dockerHub}` ? dockerHub : registryName(first);
  return { registry, repository: path.slice(slash + 1) };
}

function notAReference(text: string): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    sentence`${planPart('image')}: ${JSON.stringify(text)} is no image reference. Write it as alpine, team/tool:1, registry:5000/tool or name@sha256:….`,
  );
}

/** `alpine:3` → `alpine`, `registry:5000/tool@sha256:…` → `registry:5000/tool` */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}
