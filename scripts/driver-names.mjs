import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

// A driver is known by its name in its own folder, in the settings, and where a runtime is chosen, checked or installed. Anywhere
// else the code asks the contract (src/runtimes/runtime.ts), so that another driver needs no change there.

const names = /\b([Dd]ocker|dockerd|oci|crun|runc|[Pp]odman|[Kk]ubernetes)\b/;

// Names of formats and registries, which every runtime has to do with.
const formats = /docker\.io|host\.docker\.internal|docker run IMAGE/g;

/** @type {readonly (readonly [path: RegExp, reason: string])[]} */
const allowed = [
  [/^src\/runtimes\/(docker|oci|kubernetes)\//, 'the drivers'],
  [/^src\/runtimes\/registries\//, 'logins as Docker stores them'],
  [/^src\/runtimes\/known-escapes\.ts$/, 'versions of programs with known defects'],
  [/^src\/agent\/(settings|config)\//, 'the settings'],
  [
    /^src\/agent\/runtime\/(choose-runtime|create-drivers|kubernetes-options|open-registries)\.ts$/,
    'the choice of a runtime, from the settings',
  ],
  [/^src\/agent\/system-parts\//, 'what doctor installs'],
  [/^src\/cli\/(doctor|commands|service)\//, 'doctor, the help of the settings, and the service that needs one'],
  [/^src\/cli\/demo\/choose-place\.ts$/, 'the choice of a runtime for the demo'],
  [/^src\/cli\/images\/image-source\.ts$/, 'kinds of archives'],
];

/**
 * Every string of the program that names a driver outside these places.
 * @returns {string[]}
 */
export function findDriverNames() {
  return sourceFiles().flatMap((file) => namesIn(file, readFileSync(file, 'utf8')));
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {string[]}
 */
export function namesIn(file, text) {
  if (allowed.some(([path]) => path.test(file))) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const name = names.exec(node.text.replaceAll(formats, ''))?.[1];
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (name !== undefined)
        found.push(`${file}:${line}: "${name}" is the name of a driver; use what the contract says of the runtime`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @returns {string[]} */
function sourceFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', 'src/**/*.ts', 'src/*.ts'], { encoding: 'utf8' });
  return listed.split('\0').filter((file) => file !== '' && !/[.](test|contract)[.]ts$/.test(file));
}
