import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const declaration = /[.]d[.][cm]?ts$/;
const relativeImport = /(?:from|import|import\()\s*['"]([.][^'"]*)['"]/g;

/**
 * Removes the declarations that no one who imports the package can reach, and the directories that are empty then.
 * @param {string} directory
 * @param {readonly string[]} entries declarations that package.json names, relative to `directory`
 */
export async function pruneDeclarations(directory, entries) {
  const reached = new Set(entries.map((entry) => join(directory, entry)));
  for (const path of reached) {
    const text = await readFile(path, 'utf8');
    for (const [, target = ''] of text.matchAll(relativeImport))
      reached.add(join(dirname(path), target.replace(/(?<![.]d)[.]([cm]?)[jt]s$/, '.d.$1ts')));
  }
  const names = await readdir(directory, { recursive: true });
  const unreached = names
    .map((name) => join(directory, name))
    .filter((path) => declaration.test(path) && !reached.has(path));
  await Promise.all(unreached.map((path) => rm(path)));
  await removeEmpty(directory);
}

/**
 * @param {string} directory
 * @returns {Promise<boolean>} whether it is gone
 */
async function removeEmpty(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const kept = await Promise.all(
    entries.map(async (entry) => !entry.isDirectory() || !(await removeEmpty(join(directory, entry.name)))),
  );
  if (kept.some(Boolean)) return false;
  await rm(directory, { recursive: true });
  return true;
}
