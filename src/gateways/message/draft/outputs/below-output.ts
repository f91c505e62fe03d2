import { relativeBelow } from '../../../../support/files/container-path.ts';
import { layout } from '../workspace-layout.ts';

/**
 * A path of the output directory, relative to it or as the container sees it: `a/b`, `/workspace/output/a/b`. The problem
 * is `empty` for the directory itself, however it is written.
 */
export function belowOutput(path: string): ReturnType<typeof relativeBelow> {
  if (!path.startsWith('/')) return relativeBelow(path);
  const below = relativeBelow(`.${path}`);
  if (!('path' in below)) return below.problem === 'empty' ? { problem: 'absolute' } : below;
  const output = layout.output.slice(1);
  if (below.path === output || below.path === `${output}/`) return { problem: 'empty' };
  return below.path.startsWith(`${output}/`)
    ? relativeBelow(below.path.slice(output.length + 1))
    : { problem: 'absolute' };
}
