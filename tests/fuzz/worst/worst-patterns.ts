import { requestLimits } from '../../../src/wire/request/request-limits.ts';

// Texts of one letter, and patterns that almost match them in very many ways.
const almost = (stars: number, index: number) => `${'*a'.repeat(stars)}*b${index}`;
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const tagNames = many(requestLimits.tags - 1, (index) => `k${index}`);

/** Values of the agent, in its environment: as long as keys are, all but the same, and in output that consists of their beginnings. */
export const worstSecrets: Readonly<Record<string, string>> = Object.fromEntries(
  many(32, (index) => [`EXEC_SECRET_MASK_${index}`, `${'a'.repeat(2000)}b${index}`]),
);

/** A policy whose rules hold for requests with these tags alone. */
export const worstPolicy = {
  secrets: ['FUZZ', 'MASK_*'],
  rules: [
    {
      name: 'tags',
      tags: Object.fromEntries(tagNames.map((name) => [name, [...many(16, (n) => almost(250, n)), 'a*']])),
    },
    { name: 'images', tags: { images: 'yes' }, images: { deny: many(200, (n) => `**${almost(100, n)}`) } },
    { name: 'names', tags: { names: 'yes' }, secrets: many(200, (n) => almost(100, n)) },
  ],
};

const container = (image: string) => ({ image: `worst/${image}:1` });
const files = { graph_update: 'optional', expected_files: [{ path: '**', optional: true }], return_logs: true };

/** Requests whose texts are compared with patterns of the operator, or that bring patterns themselves. */
export const patternRequests: Readonly<Record<string, object>> = {
  'mask-patterns': {
    container: container('mask-patterns'),
    secrets: Object.keys(worstSecrets).map((name) => name.replace('EXEC_SECRET_', '')),
    output: files,
  },
  'tag-patterns': {
    container: container('plain'),
    tags: Object.fromEntries(tagNames.map((name) => [name, 'a'.repeat(requestLimits.tagValue)])),
  },
  'image-patterns': { container: { image: 'a'.repeat(200) }, tags: { images: 'yes' } },
  'secret-patterns': {
    container: container('plain'),
    tags: { names: 'yes' },
    secrets: many(100, (n) => `A${'a'.repeat(100)}${n}`),
  },
  globs: {
    container: container('globs'),
    output: {
      expected_files: many(100, (n) => ({
        path: `${almost(100, n)}{${many(16, (m) => `c${m}*`).join(',')}}`,
        optional: true,
      })),
    },
  },
};
