import { ExecError } from '../../support/exec-error.ts';

/** A reference as people write it, with everything that they may leave out. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000` */
  readonly registry: string;
  /** `registry/repository:tag` or `registry/repository@sha256:…`; never both, a digest says it all. */
  readonly canonical: string;
  /** The short form: `alpine:latest`. */
  readonly familiar: string;
  /** The registry's digest, where the reference names one. */
  readonly digest?: string;
}

const dockerHub = 'docker.io';
const officialImages = 'library/';
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pattern =
  /^(?<path>[A-Za-z0-9][A-Za-z0-9.:_/-]*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);
const longestName = 255;

/**
 * Reads `alpine`, `team/tool:1`, `localhost:5000/tool`, `name@sha256:…` by Docker's rules.
 * @throws ExecError INVALID_REQUEST naming what was written
 */
export function parseImageReference(text: string): ImageReference {
  const { path = '', tag, digest } = pattern.exec(text)?.groups ?? {};
  const { registry, repository } = splitRegistry(path);
  const isRegistry = /^[A-Za-z0-9.-]+(?::\d+)?$/.test(registry);
  if (!isRegistry || !repositoryPattern.test(repository) || path.length > longestName) throw notAReference(text);
  const suffix = digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`;
  const official = registry === dockerHub && !repository.includes('/');
  const short = registry !== dockerHub ? `${registry}/${repository}` : repository.replace(/^library\/(?=[^/]+$)/, '');
  return {
    registry,
    canonical: `${registry}/${official ? officialImages : ''}${repository}${suffix}`,
    familiar: `${short}${suffix}`,
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The first part is a registry when it could be the name of a host and not of a person. */
function splitRegistry(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf('/');
  const first = path.slice(0, slash);
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? { registry: first, repository: path.slice(slash + 1) } : { registry: dockerHub, repository: path };
}

function notAReference(text: string): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    `container.image: ${JSON.stringify(text)} is no image reference. Write it as alpine, team/tool:1, registry:5000/tool or name@sha256:….`,
  );
}
