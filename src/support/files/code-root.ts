import { existsSync } from 'node:fs';

/**
 * The directory of all our code, `src/` or what it is built to: the one next to package.json. A file cannot
 * say how deep below it stands itself, for the build puts many into one.
 */
export const codeRoot: URL = findCodeRoot();

function findCodeRoot(): URL {
  let directory = new URL('./', import.meta.url);
  while (!existsSync(new URL('../package.json', directory))) {
    const parent = new URL('../', directory);
    if (parent.href === directory.href) throw new Error(`there is no package.json above ${import.meta.url}`);
    directory = parent;
  }
  return directory;
}
