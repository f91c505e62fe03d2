import type { ExecutionPlan } from '../../wire/plan/plan.ts';

type Places = Pick<ExecutionPlan, 'volumes' | 'scratch'>;

/** Directories that results are collected from: `/workspace/output`. */
function resultPaths({ volumes }: Pick<Places, 'volumes'>): readonly string[] {
  return volumes.filter(({ access }) => access === 'read-write').map(({ path }) => path);
}

/** Everything that containers may write to, results first: `/workspace/output, /workspace or /tmp`. */
export function writablePaths(places: Places): string {
  return listed([...resultPaths(places), ...places.scratch.toSorted().reverse()]);
}

/** ` in /workspace/output`; nothing when no results are collected. */
export function whereToWrite(places: Pick<Places, 'volumes'>): string {
  const paths = resultPaths(places);
  return paths.length === 0 ? '' : ` in ${listed(paths)}`;
}

/** `a, b or c` */
export function listed(items: readonly string[], word: 'or' | 'and' = 'or'): string {
  const [last = ''] = items.slice(-1);
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${word} ${last}`;
}
