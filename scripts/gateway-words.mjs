import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

// Below the gateways, nobody knows what requests and responses look like: errors name parts of the plan
// (src/wire/sentence.ts), and each gateway puts its own fields in their place.

/** Fields of the JSON messages, and what is named after them. */
const fields = [
  /\bcontainer\.(image|command|entrypoint|user|stdin|working_dir|ports|network|resources|read_only_root)\b/,
  /\binput\.(files|objects|minio_objects|graph_data|config_data)\b/,
  /\boutput\.(expected_files|minio_upload|upload_to|graph_update|return_logs)\b/,
  /\b(expected_files|minio_objects|minio_upload|upload_to|graph_update|graph_data|config_data|return_logs)\b/,
  /\b(service_access|service_budget|reply_to|correlation_id|missing_files|output_files|object_name)\b/,
  /\bresult\.(ref|output|metadata)\b/,
  /\bexec-(requests|responses|control)\b/,
  /(^|[^.\w])\/workspace\b/,
];

const rooms =
  'http access execution queue admission inputs outputs proxy runtimes objects workspace telemetry support'.split(' ');
const contracts = ['plan/plan', 'record/record', 'sentence', 'scan', 'response/error-codes', 'redis-keys'];

/** @type {readonly { path: RegExp, field: RegExp, why: string }[]} */
const exceptions = [
  { path: /^src\/proxy\/services\//, field: /^correlation_id$/, why: 'the protocol of services over Redis' },
];

/**
 * Every place below the gateways that has a word of one of them.
 * @returns {string[]}
 */
export function findGatewayWords() {
  return listFiles().flatMap((file) =>
    findWords(readFileSync(file, 'utf8'), file).map(
      ({ line, word }) =>
        `${file}:${line}: "${word}" is a word of a gateway. Name the part of the plan (src/wire/sentence.ts), or let the gateway pass it in.`,
    ),
  );
}

/**
 * @param {string} text
 * @param {string} file its path, for the exceptions
 * @returns {{ line: number, word: string }[]}
 */
export function findWords(text, file) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {{ line: number, word: string }[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const word = isTextOrName(node) && !isPolicySetting(node) ? wordIn(node.text, file) : undefined;
    if (word !== undefined) found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, word });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.StringLiteralLike | ts.Identifier | ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail}
 */
function isTextOrName(node) {
  if (ts.isImportDeclaration(node.parent ?? node) || ts.isExportDeclaration(node.parent ?? node)) return false;
  return (
    ts.isStringLiteralLike(node) ||
    ts.isIdentifier(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node)
  );
}

/**
 * Findings name settings of the policy file, some of which are called like fields.
 * @param {ts.Node} node
 */
function isPolicySetting({ parent }) {
  return ts.isPropertyAssignment(parent) && parent.name.getText() === 'setting';
}

/**
 * @param {string} text
 * @param {string} file
 * @returns {string | undefined}
 */
function wordIn(text, file) {
  for (const field of fields) {
    const word = field.exec(text)?.[0].trim();
    if (word === undefined) continue;
    if (!exceptions.some((exception) => exception.path.test(file) && exception.field.test(word))) return word;
  }
  return undefined;
}

/** @returns {string[]} */
function listFiles() {
  const patterns = [
    ...rooms.map((room) => `src/${room}/**/*.ts`),
    ...rooms.map((room) => `src/${room}/*.ts`),
    ...contracts.map((name) => `src/wire/${name}.ts`),
  ];
  const listed = execFileSync('git', ['ls-files', '-z', ...patterns], { encoding: 'utf8' });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && !/[.](test|contract)[.]ts$/.test(file));
}
