import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { worstGraphs } from '../../executions/worst-graphs.ts';
import type { Behaviour } from './behaviours.ts';

const MiB = 1024 ** 2;
// The default of EXEC_MESSAGE_MAX, less what a response reserves for all that is not contents.
const graphBytes = 8 * MiB - 100_000;
// As much as a driver reads at once.
const chunkCharacters = 64 * 1024;
const says = (text: string) => ({
  output: Array.from({ length: Math.ceil(text.length / chunkCharacters) }, (_, index) => ({
    stream: 'stdout' as const,
    text: text.slice(index * chunkCharacters, (index + 1) * chunkCharacters),
  })),
});

/** What holds up an agent with default limits for longest, by the name of an image that asks for it. What it writes is made before. */
export const worstBehaviours: Readonly<Record<string, Behaviour>> = {
  ...Object.fromEntries(
    Object.entries(worstGraphs).map(([name, make]) => [
      `graph-${name.replaceAll(' ', '-')}`,
      { script: says(''), write: (directory) => writeFile(join(directory, 'graph_update.json'), make(graphBytes)) },
    ]),
  ),
  'many-files': { script: says(''), write: (directory) => writeMany(directory, 40_000) },
  'too-many-files': { script: says(''), write: (directory) => writeMany(directory, 95_000) },
  globs: { script: says(''), write: (directory) => writeLongNames(directory, 2000) },
  'mask-patterns': { script: says('a'.repeat(4 * MiB)), write: (directory) => writeContents(directory, 'a') },
  contents: { script: says(''), write: (directory) => writeContents(directory, 'x') },
  'control-characters': {
    script: says('\u0001'.repeat(4 * MiB)),
    write: (directory) => writeContents(directory, '\u0001'),
  },
  lines: { script: says('\n'.repeat(900_000)) },
};

/** Where the files of the worst behaviours are, for an agent with that data directory. */
export function preparedBeside(dataDir: string): string {
  return join(dataDir, '..', 'prepared');
}

async function writeMany(directory: string, files: number): Promise<void> {
  for (let number = 0; number < files; number += 1) await (await open(join(directory, `f${number}`), 'w')).close();
}

async function writeLongNames(directory: string, files: number): Promise<void> {
  for (let number = 0; number < files; number += 1) await writeFile(join(directory, `${'a'.repeat(200)}${number}`), '');
}

async function writeContents(directory: string, character: string): Promise<void> {
  for (let number = 0; number < 8; number += 1)
    await writeFile(join(directory, `file-${number}`), character.repeat(MiB - 20_000));
}
