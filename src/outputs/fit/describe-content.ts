import { showName } from '../../workspace/beneath/file-name.ts';
import { listSome } from '../select/list-some.ts';

/** Counts what lies directly in a directory while its contents are listed. */
export interface ContentCount {
  /** @param name of a file, relative to the directory */
  add(name: string): void;
  /** `/workspace/output holds: a.txt, b/ (3 files).` */
  describe(): string;
}

export function createContentCount(root: string): ContentCount {
  const counts = new Map<string, number>();
  return {
    add(name) {
      const slash = name.indexOf('/');
      const top = slash === -1 ? name : name.slice(0, slash + 1);
      counts.set(top, (counts.get(top) ?? 0) + 1);
    },
    describe: () => describe(root, counts),
  };
}

function describe(root: string, counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return `${root} holds no files.`;
  const tops = listSome([...counts.keys()], (top) => {
    const count = counts.get(top) ?? 0;
    const safe = showName(Buffer.from(top));
    return top.endsWith('/') ? `${safe} (${count} ${count === 1 ? 'file' : 'files'})` : safe;
  });
  return `${root} holds: ${tops}.`;
}
