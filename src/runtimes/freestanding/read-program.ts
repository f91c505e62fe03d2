import { readFile } from 'node:fs/promises';
import { codeRoot } from '../../support/files/code-root.ts';

/** As Docker calls an architecture; those that the programs are built for. */
export const architectures = ['amd64', 'arm64'] as const;

export type Architecture = (typeof architectures)[number];

/** By what Node.js calls it. */
export const architectureOfNode: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };

/** @returns undefined for an architecture that no program is built for */
export function knownArchitecture(name: string): Architecture | undefined {
  return architectures.find((each) => each === name);
}

/**
 * Reads a program in machine code that is shipped with the agent; `npm run build:programs` makes them.
 * @param path of its source without the ending, below src/
 */
export function readProgram(path: string, architecture: Architecture): Promise<Buffer> {
  return readFile(new URL(`${path}-${architecture}.bin`, codeRoot));
}
