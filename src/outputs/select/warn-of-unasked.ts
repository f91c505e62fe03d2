import { formatBytes } from '../../support/text/bytes.ts';
import type { Turns } from '../../support/time/take-turns.ts';
import type { Output } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Findings } from '../findings.ts';
import { listSome } from './list-some.ts';
import type { Selection } from './select-files.ts';
import type { Survey } from './survey-root.ts';

export interface Asked {
  readonly outputs: readonly Output[];
  /** The files that a pattern matched, by container path. */
  readonly selection: Selection;
  readonly findings: Findings;
  /** There can be millions of files. */
  readonly turns: Turns;
}

// Joining and looking up a path, compared with a look at a name.
const stepsPerPath = 50;

/** Adds a warning about what lies in a directory and no output returns or uploads. */
export async function warnOfUnasked(
  { root, files, others, oddNames }: Survey,
  { outputs, selection, findings, turns }: Asked,
): Promise<void> {
  if (outputs.some((output) => output.kind === 'upload' && withoutSlash(output.root) === root)) return;
  const named = new Set(outputs.flatMap(pathOf));
  const unasked: string[] = [];
  for (const name of files.keys()) {
    if (turns.spend(stepsPerPath)) await turns.rest();
    const path = `${root}/${name}`;
    if (!selection.has(path) && !named.has(path)) unasked.push(name);
  }
  // Where one output follows links, the reason of the others would contradict it.
  const reason = outputs.some((output) => 'links' in output) ? 'leads out' : 'special';
  for (const [name, kind] of others) {
    const path = `${root}/${name}`;
    if (!selection.has(path) && !named.has(path)) findings.skip(`${name} (${kind})`, reason);
  }
  for (const name of oddNames) findings.skip(name, 'odd name');
  if (unasked.length === 0) return;
  const list = listSome(unasked, (name) => `${name} (${formatBytes(files.get(name) ?? 0)})`);
  findings.warn(
    sentence`Not returned, because the request does not ask for it: ${list}. To get such files, name them in ${part('outputs.files')}, or set ${part('outputs.upload')}.`,
  );
}

/** Of an output that names one file. */
function pathOf(output: Output): readonly string[] {
  if (output.kind === 'graph') return [output.path];
  return output.kind === 'put' ? [`${withoutSlash(output.root)}/${output.name}`] : [];
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}
