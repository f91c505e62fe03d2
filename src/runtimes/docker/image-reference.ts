import { ExecError } from '../../support/exec-error.ts';

export interface ImageReference {
  /** As the engine's `fromImage` wants it: `alpine`, `registry:5000/team/name`. */
  readonly name: string;
  /** Absent when there is a digest. */
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
  /** The same image always reads the same here; the form the engine is asked with. */
  readonly canonical: string;
}

const host = '[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?';
const domain = String.raw`(?:(?:${host}|\[[0-9a-fA-F:]+\])(?::\d+)?/)?`;
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const pattern = new RegExp(
  String.raw`^(?<name>${domain}${part}(?:/${part})*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]{32,}))?$`,
);

/**
 * Reads `name`, `name:tag`, `name@sha256:…`; a name alone means its tag `latest`, never all of its tags, and a digest makes
 * the tag meaningless.
 * @throws ExecError INVALID_REQUEST
 */
export function parseImageReference(reference: string): ImageReference {
  const { name, tag = 'latest', digest } = pattern.exec(reference)?.groups ?? {};
  if (name === undefined) {
    const message = `"${reference}" is no image: it must read like alpine, team/tool:1.2, registry.example:5000/tool@sha256:…, in lower case`;
    throw new ExecError('INVALID_REQUEST', message, { context: { reference } });
  }
  if (digest !== undefined) return { name, digest, canonical: `${name}@${digest}` };
  return { name, tag, canonical: `${name}:${tag}` };
}

/** The name without what the engine leaves out when it lists images: Docker Hub's address. */
export function familiarName(name: string): string {
  return name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
}

/** `alpine:3` → `alpine`, `registry:5000/tool@sha256:…` → `registry:5000/tool` */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}
