import type { ImageReference } from '../../support/names/image-reference.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Finding, PolicySettings } from '../policy/policy.ts';
import { type ImagePattern, type ImageSubject, type Match, parseImagePattern } from './image-pattern.ts';

export interface NamedImage {
  readonly reference: ImageReference;
  /** Every digest that it is known by; empty as long as nobody has asked for it. */
  readonly digests: readonly string[];
}

/** What the image patterns of the policy say: at the door by name, and once more when the digest is known. */
export function judgeImage({ reference, digests }: NamedImage, { images }: PolicySettings): readonly Finding[] {
  const { familiar, digest } = reference;
  const known = [...new Set([...(digest === undefined ? [] : [digest]), ...digests])];
  const subject = { ...reference, digests: known };
  return [
    ...judgeDigest(reference, images.digestRequired),
    judgeDenied(subject, images.deny, familiar),
    ...(images.allow === undefined ? [] : [judgeAllowed(subject, images.allow, familiar)]),
  ];
}

function judgeDigest({ digest, familiar }: ImageReference, required: boolean): readonly Finding[] {
  if (!required) return [];
  const setting = 'images.digest';
  if (digest !== undefined) return [{ setting, verdict: 'passes', says: `${familiar} names its digest` }];
  const says = sentence`${part('image')}: "${familiar}" names no digest, and the policy here asks for one. Write it as name@sha256:….`;
  return [{ setting, verdict: 'refuses', says }];
}

function judgeDenied(subject: ImageSubject, patterns: readonly string[], familiar: string): Finding {
  const setting = 'images.deny';
  const { pattern, match } = firstMatch(subject, patterns);
  if (match === 'yes')
    return {
      setting,
      verdict: 'refuses',
      says: sentence`${part('image')}: "${familiar}" is denied by the policy here (${pattern}). Use another image.`,
    };
  if (match === 'later') return { setting, verdict: 'later', says: `whether it is ${pattern} depends on its digest` };
  return { setting, verdict: 'passes', says: `no pattern matches ${familiar}` };
}

function judgeAllowed(subject: ImageSubject, patterns: readonly string[], familiar: string): Finding {
  const setting = 'images.allow';
  const { pattern, match } = firstMatch(subject, patterns);
  if (match === 'yes') return { setting, verdict: 'passes', says: `${familiar} matches ${pattern}` };
  if (match === 'later') return { setting, verdict: 'later', says: `whether it is ${pattern} depends on its digest` };
  const says = sentence`${part('image')}: "${familiar}" is not among the images that the policy allows here (${patterns.join(', ') || 'none'}).`;
  return { setting, verdict: 'refuses', says };
}

/** A certain match goes before one that is still open. */
function firstMatch(
  subject: ImageSubject,
  patterns: readonly string[],
): { readonly pattern: string; readonly match: Match } {
  const matches = patterns.map(parseImagePattern).map((pattern) => ({ pattern, match: pattern.match(subject) }));
  const found = find(matches, 'yes') ?? find(matches, 'later');
  return found === undefined ? { pattern: '', match: 'no' } : { pattern: found.pattern.text, match: found.match };
}

function find(matches: readonly { readonly pattern: ImagePattern; readonly match: Match }[], wanted: Match) {
  return matches.find(({ match }) => match === wanted);
}
