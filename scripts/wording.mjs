import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

// Words that text for users may not have; docs/wording.md says what to write instead.

/** @type {readonly (readonly [RegExp, string])[]} */
const rejected = [
  [/\b(whoever|whatever|whichever)\b/i, 'name the reader or the thing'],
  [/\bdurable door\b/i, 'durable delivery'],
  [/\bso many at most\b/i, 'maximum number of'],
  [/\b(mend|mends|mended|mending|cure|cures)\b/i, 'fix'],
  [/\b(stands|stand) (in|beside|there|by)\b/i, 'is in, is next to'],
  [/\b(is|are|be|was) told\b/i, 'receives, is notified'],
  [/\b(hears?|heard) (of|it|them)\b/i, 'receive'],
  [/\b(let|lets|letting) go of\b/i, 'detach'],
  [/\bleft-?over\b/i, 'leftover, orphan'],
  [/\bgiven up\b/i, 'failed, marked as lost'],
  [/\bcontrol groups?\b/i, 'cgroup'],
  [/\b(bring|brings|bringing) (an?|the) (images?|inputs?)\b/i, 'pull, fetch'],
];

/** @typedef {{ file: string, line: number, text: string }} Passage */

/**
 * Every place with a rejected word, in the documentation, the generated descriptions and the strings of the program.
 * @returns {string[]}
 */
export function findRejectedWords() {
  return [...prose(), ...strings()].flatMap(({ file, line, text }) => {
    const found = rejected.find(([word]) => word.test(text));
    return found === undefined
      ? []
      : [`${file}:${line}: write "${found[1]}" (docs/wording.md): ${text.trim().slice(0, 120)}`];
  });
}

/** @returns {Passage[]} */
function prose() {
  const files = listFiles('*.md', 'examples/README.md', '.env.example', 'schema/*.json', 'docs/*.md').filter(
    (file) => file !== 'docs/wording.md',
  );
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((text, index) => ({ file, line: index + 1, text })),
  );
}

/** @returns {Passage[]} */
function strings() {
  return listFiles('src/**/*.ts', 'src/*.ts')
    .filter((file) => !/[.](test|contract)[.]ts$/.test(file))
    .flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
      /** @type {Passage[]} */
      const passages = [];
      /** @param {ts.Node} node */
      const visit = (node) => {
        if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
          passages.push({
            file,
            line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
            text: node.text.replaceAll('\n', ' '),
          });
        ts.forEachChild(node, visit);
      };
      visit(source);
      return passages;
    });
}

/**
 * @param {string[]} patterns
 * @returns {string[]}
 */
function listFiles(...patterns) {
  const listed = execFileSync('git', ['ls-files', '-z', ...patterns], { encoding: 'utf8' });
  return listed.split('\0').filter((file) => file !== '');
}
