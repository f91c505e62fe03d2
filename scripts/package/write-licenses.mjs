import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const packageDirectory = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * Writes the licence of each package that files of a bundle come from; most ask that it goes where their code goes.
 * @param {readonly string[]} inputs paths of the files, relative to here
 * @param {string} path
 * @throws when a package names no licence
 */
export async function writeLicenses(inputs, path) {
  const directories = new Set(inputs.flatMap((input) => packageDirectory.exec(input)?.[0] ?? []));
  const texts = await Promise.all([...directories].sort().map(describeLicense));
  await writeFile(path, `The program holds code of these packages.\n\n${texts.join('\n')}`);
}

/** @param {string} directory of a package */
async function describeLicense(directory) {
  /** @type {{ name: string, version: string, license?: string }} */
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  if (license === undefined) throw new Error(`${directory} names no licence: look at it before it is shipped`);
  const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${(await readFile(join(directory, file), 'utf8')).trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
}
