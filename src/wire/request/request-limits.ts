/** How many entries the lists and maps of a request may have, and how long texts may be, in bytes of UTF-8. */
export const requestLimits = {
  image: 1024,
  arguments: 10_000,
  ports: 100,
  graphNodes: 1_000_000,
  graphRelationships: 1_000_000,
  files: 10_000,
  objects: 10_000,
  path: 4096,
  url: 16_384,
  expectedFiles: 1000,
  uploads: 1000,
  variables: 4096,
  services: 64,
  serviceName: 128,
  tags: 64,
  tagName: 128,
  tagValue: 1024,
  channel: 512,
  secrets: 256,
  user: 256,
  correlationId: 512,
  name: 256,
  placement: 8,
} as const;

/** Bytes of UTF-8 of one argument or variable (`NAME=VALUE`): what Linux takes, without the NUL at its end. */
export const maxArgumentBytes = 131_071;

/** Whether a text has no more than so many bytes of UTF-8. */
export function fitsBytes(text: string, maxBytes: number): boolean {
  // A character of JavaScript has at most three bytes, so most texts need not be encoded.
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && new TextEncoder().encode(text).length <= maxBytes);
}
