import type { ImageReference } from '../../support/names/image-reference.ts';
import { registryName } from '../../support/net/registry-name.ts';
import { compileWildcards, type Wildcards } from '../../support/patterns/match-wildcards.ts';

/** What a pattern is held against. */
export interface ImageSubject extends Pick<ImageReference, 'registry' | 'repository' | 'tag'> {
  /** Every digest that the image is known by; empty while only its name is known. */
  readonly digests: readonly string[];
}

/** `later`: it is decided by the digest, which is not known yet. */
export type Match = 'yes' | 'no' | 'later';

export interface ImagePattern {
  readonly text: string;
  match(subject: ImageSubject): Match;
}

const allowedCharacters = /^[A-Za-z0-9*._:/@[\]-]+$/;

export function isImagePattern(text: string): boolean {
  const { path, tag, digest } = partsOf(text);
  return allowedCharacters.test(text) && path !== '' && tag !== '' && digest !== '' && !path.includes('//');
}

/**
 * Reads a pattern, written as an image reference is: `alpine`, `registry.example/team/**`, `**:latest`,
 * `tool@sha256:…`. `*` stands for anything within one part of the path, `**` for any number of parts.
 * Without a tag or digest every one of them matches.
 */
export function parseImagePattern(text: string): ImagePattern {
  const { path, tag, digest } = partsOf(text);
  const [name, tagGlob, digestGlob] = [globOf(fullPath(path.toLowerCase())), optional(tag), optional(digest)];
  return {
    text,
    match({ registry, repository, tag: actualTag, digests }) {
      if (!name.matches(`${registry}/${repository}`)) return 'no';
      if (tagGlob !== undefined && (actualTag === undefined || !tagGlob.matches(actualTag))) return 'no';
      if (digestGlob === undefined) return 'yes';
      if (digests.length === 0) return 'later';
      return digests.some((each) => digestGlob.matches(each)) ? 'yes' : 'no';
    },
  };
}

interface PatternParts {
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

function partsOf(text: string): PatternParts {
  const [name = '', digest] = text.split('@');
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return { path: name, digest };
  return { path: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}

/** As in a reference, Docker Hub and its official images go without saying. */
function fullPath(path: string): string {
  const [first = '', ...rest] = path.split('/');
  if (first === '**') return path;
  if (rest.length === 0) return `docker.io/library/${first}`;
  if (first.includes('*')) return path;
  return /[.:]/.test(first) || first === 'localhost' ? [registryName(first), ...rest].join('/') : `docker.io/${path}`;
}

function optional(glob: string | undefined): Wildcards | undefined {
  return glob === undefined ? undefined : globOf(glob);
}

function globOf(glob: string): Wildcards {
  return compileWildcards(glob, { parts: true });
}
