import { cruise } from 'dependency-cruiser';
import { rooms } from '../../.dependency-cruiser.mjs';
import { replaceBetweenMarkers } from './between-markers.ts';
import type { GeneratedFile } from './generated-file.ts';

// Nearly all rooms import these; their arrows would hide the others.
const foundations = ['telemetry', 'support', 'wire'];

/** ARCHITECTURE.md with the arrows that the imports of today draw between the rooms. */
export async function makeRoomDiagram(): Promise<GeneratedFile> {
  return replaceBetweenMarkers('ARCHITECTURE.md', 'rooms', drawDiagram(await findEdges()));
}

type Edge = readonly [importer: string, imported: string];

async function findEdges(): Promise<readonly Edge[]> {
  const { output } = await cruise(['src'], { tsPreCompilationDeps: true, exclude: { path: testsAndPackages } });
  if (typeof output === 'string') throw new Error(output);
  const edges = output.modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }): Edge => [roomOf(source), roomOf(resolved)]),
  );
  return edges.filter(([importer, imported]) => importer !== imported && importer !== '' && imported !== '');
}

const testsAndPackages = ['[.](test|contract)[.]ts$', 'node_modules', '^node:'];

function roomOf(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? '';
}

function drawDiagram(edges: readonly Edge[]): string {
  const drawn = new Set(
    edges.filter(([, imported]) => !foundations.includes(imported)).map((edge) => edge.join(' --> ')),
  );
  const lines = [...drawn].sort((a, b) => placeOf(a) - placeOf(b) || a.localeCompare(b));
  const note = `Arrows to ${foundations.map((room) => `\`${room}/\``).join(', ')}, which every folder may import, are left out.`;
  return ['', '```mermaid', 'flowchart TD', ...lines.map((line) => `  ${line}`), '```', '', note, ''].join('\n');
}

function placeOf(line: string): number {
  return rooms.indexOf(line.split(' ')[0] ?? '');
}
