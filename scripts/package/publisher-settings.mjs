import { readFile, writeFile } from 'node:fs/promises';

// The project names no host. Who publishes it says in the environment where it is found; docs/releasing.md lists the names.

/** @typedef {'repository' | 'bugs' | 'homepage'} Field */
/** @typedef {Partial<Record<Field, string | { type?: string, url?: string, email?: string }>>} Manifest */

/** @type {Readonly<Record<Field, string>>} */
const variables = { repository: 'PACKAGE_REPOSITORY', bugs: 'PACKAGE_BUGS', homepage: 'PACKAGE_HOMEPAGE' };
/** @type {readonly Field[]} */
const fields = ['repository', 'bugs', 'homepage'];

/**
 * Writes the publisher's addresses into a package.json.
 * @param {string} path
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {Promise<string | undefined>} what is missing or wrong, for people; then nothing was written
 */
export async function fillPublisherFields(path, env) {
  /** @param {Field} field */
  const settingOf = (field) => env[variables[field]]?.trim() ?? '';
  const missing = fields.filter((field) => settingOf(field) === '').map((field) => variables[field]);
  if (missing.length > 0) return `Not released: set ${missing.join(', ')} (docs/releasing.md says to what).`;
  const wrong = fields.find((field) => !isAddress(settingOf(field), field));
  if (wrong !== undefined)
    return `Not released: ${variables[wrong]} is "${settingOf(wrong)}", and has to be an address that begins with https://.`;
  /** @type {Manifest} */
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const repository = settingOf('repository').replace(/[/]$|[.]git$/, '');
  const bugs = settingOf('bugs');
  const filled = {
    ...manifest,
    repository: { type: 'git', url: `git+${repository}.git` },
    bugs: bugs.includes('@') ? { email: bugs } : { url: bugs },
    homepage: settingOf('homepage'),
  };
  await writeFile(path, `${JSON.stringify(filled, null, 2)}\n`);
  return undefined;
}

/**
 * @param {string} path of a package.json
 * @returns {Promise<string | undefined>} which addresses it lacks, for people
 */
export async function findMissingFields(path) {
  /** @type {Manifest} */
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const missing = fields.filter((field) => manifest[field] === undefined);
  if (missing.length === 0) return undefined;
  return `Not published: package.json has no ${missing.join(', ')}. Set ${fields.map((field) => variables[field]).join(', ')} and run "node scripts/fill-publisher.mjs" (docs/releasing.md).`;
}

/**
 * @param {string} text
 * @param {Field} field
 */
function isAddress(text, field) {
  if (field === 'bugs' && /^[^\s@/]+@[^\s@/]+$/.test(text)) return true;
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
