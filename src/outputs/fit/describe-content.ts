import { showName } from '../../workspace/beneath/file-name.ts';
import { listSome } from '../select/list-some.ts';

export interface Content {
  /** By name. */
  readonly files: ReadonlyMap<string, unknown>;
  readonly others: ReadonlyMap<string, unknown>;
}

/** `/workspace/output holds: a.txt, b/ (3 files).`, worked out when it is asked for the first time. */
export function contentDescriber(root: string, { files, others }: Content): () => string {
  let description: string | undefined;
  return () => {
    description ??= describe(root, [files.keys(), others.keys()]);
    return description;
  };
}

function describe(root: string, lists: readonly Iterable<string>[]): string {
  const counts = new Map<string, number>();
  for (const names of lists)
    for (const name of names) {
      const slash = name.indexOf('/');
      const top = slash === -1 ? name : name.slice(0, slash + 1);
      counts.set(top, (counts.get(top) ?? 0) + 1);
    }
  if (counts.size === 0) return `${root} holds no files.`;
  const tops = listSome([...counts.keys()], (top) => {
    const count = counts.get(top) ?? 0;
    const safe = showName(Buffer.from(top));
    return top.endsWith('/') ? `${safe} (${count} ${count === 1 ? 'file' : 'files'})` : safe;
  });
  return `${root} holds: ${tops}.`;
}
