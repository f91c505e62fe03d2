import { setImmediate } from 'node:timers/promises';
import { describePathProblem, relativeBelow } from '../support/container-path.ts';
import type { Output } from '../wire/plan.ts';
import { withArticle } from '../workspace/entry-kind.ts';
import { partsOf, showName } from '../workspace/file-name.ts';
import type { Opened } from '../workspace/open-beneath.ts';
import type { Findings } from './findings.ts';
import { listSome } from './list-some.ts';
import { compileGlob, isGlob, maxGlobAlternatives, maxGlobLength } from './match-glob.ts';
import type { Survey } from './survey-root.ts';

export type FilesOutput = Extract<Output, { kind: 'files' }>;

type Found = Extract<Opened, { found: unknown }>['found'];

/** A file that an answer is to carry. */
export interface SelectedFile {
  readonly survey: Survey;
  readonly name: string;
  /** The request named this very file, and needs it. */
  readonly expected: boolean;
}

/** Container path → file, so that a file that several patterns match comes back once. */
export type Selection = Map<string, SelectedFile>;

export interface SelectOptions {
  readonly selection: Selection;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

// Names that are matched before others get a turn.
const namesPerTurn = 500;

/** Adds what the pattern of one output matches; what it misses or may not return goes to the findings. */
export async function selectFiles(output: FilesOutput, survey: Survey, options: SelectOptions): Promise<void> {
  const { selection, findings, signal } = options;
  const pattern = normalise(output, findings);
  if (pattern === undefined) return;
  const namesOneFile = pattern !== '' && !pattern.endsWith('/');
  if (namesOneFile && (!isGlob(pattern) || survey.files.has(pattern)))
    return selectExact(output, pattern, survey, options);
  const matches = matcherOf(output, pattern, findings);
  if (matches === undefined) return;
  const names = await filter(survey.files, matches, signal);
  for (const name of names) select(selection, { survey, name, expected: false });
  for (const name of await filter(survey.others.keys(), matches, signal))
    findings.skip(`${name} (${survey.others.get(name)})`, 'special');
  for (const name of survey.oddNames) findings.skip(name, 'odd name');
  if (names.length === 0 && output.required) await missMany(output, pattern, survey, findings);
}

async function filter(
  names: Iterable<string>,
  matches: (name: string) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const matched: string[] = [];
  let seen = 0;
  for (const name of names) {
    seen += 1;
    if (seen % namesPerTurn === 0) await setImmediate(undefined, { signal });
    if (matches(name)) matched.push(name);
  }
  return matched;
}

async function missMany(
  { pattern: written }: FilesOutput,
  pattern: string,
  survey: Survey,
  findings: Findings,
): Promise<void> {
  const content = describeContent(survey);
  if (isGlob(pattern)) return findings.miss(written, `No file matches the expected ${written}; ${content}`);
  const found = await lookFor(pattern.replace(/\/$/, ''), survey, 'directory');
  if (found === 'nothing' || found === 'directory' || found === 'file')
    return findings.miss(written, `No file was written to the expected directory ${written}; ${content}`);
  findings.missToo(written);
  findings.fail('OUTPUT_INVALID', invalidFile(written, found));
}

/** @returns the pattern without `./` and the like, empty for the whole root */
function normalise({ origin, pattern }: FilesOutput, findings: Findings): string | undefined {
  const below = relativeBelow(pattern);
  if ('path' in below) return below.path;
  if (below.problem === 'empty') return '';
  findings.fail(
    'INVALID_REQUEST',
    `${origin}: ${JSON.stringify(pattern)} ${describePathProblem(below.problem)}. Use a path or glob relative to the output directory.`,
  );
  return undefined;
}

function matcherOf(
  { origin, pattern: written }: FilesOutput,
  pattern: string,
  findings: Findings,
): ((name: string) => boolean) | undefined {
  if (pattern === '') return () => true;
  if (!isGlob(pattern)) return (name) => name.startsWith(pattern);
  const glob = compileGlob(pattern.endsWith('/') ? `${pattern}**` : pattern);
  if (glob !== undefined) return (name) => glob.matches(name);
  findings.fail(
    'INVALID_REQUEST',
    `${origin}: the pattern ${showName(Buffer.from(written))} is too complex; at most ${maxGlobLength} bytes and ${maxGlobAlternatives} alternatives in braces are possible. Split it.`,
  );
  return undefined;
}

async function selectExact(
  output: FilesOutput,
  name: string,
  survey: Survey,
  { selection, findings }: SelectOptions,
): Promise<void> {
  const { pattern, required } = output;
  // The walk may have ended at a limit before it came to that file.
  const found = survey.files.has(name) ? 'file' : await lookFor(name, survey, 'file');
  if (found === 'file') return select(selection, { survey, name, expected: required });
  if (found !== 'nothing' && found !== 'directory') {
    if (required) findings.missToo(pattern);
    return findings.fail('OUTPUT_INVALID', invalidFile(pattern, found));
  }
  if (!required) return;
  const why =
    found === 'nothing'
      ? `was not written; ${describeContent(survey)}`
      : `is a directory. Expect ${pattern}/ to get the files in it.`;
  findings.miss(pattern, `The expected file ${pattern} ${why}`);
}

/** What to tell of something that was asked for by name and that is not returned. */
export function invalidFile(name: string, found: Found): string {
  return `The expected ${name} is not returned: it is, or lies below, ${withArticle(found)}. Only regular files are returned, and links are never followed; write a copy instead.`;
}

async function lookFor(name: string, { volume, above }: Survey, want: 'file' | 'directory'): Promise<Found> {
  const opened = await volume.open([...above, ...partsOf(name)], want);
  if (opened.handle === undefined) return opened.found;
  await opened.handle.close();
  return want;
}

function select(selection: Selection, file: SelectedFile): void {
  const path = `${file.survey.root}/${file.name}`;
  const known = selection.get(path);
  selection.set(path, known?.expected ? known : file);
}

/** `/workspace/output holds: a.txt, b/ (3 files).` */
function describeContent({ root, files, others }: Survey): string {
  const counts = new Map<string, number>();
  for (const name of [...files, ...others.keys()]) {
    const slash = name.indexOf('/');
    const top = slash === -1 ? name : name.slice(0, slash + 1);
    counts.set(top, (counts.get(top) ?? 0) + 1);
  }
  if (counts.size === 0) return `${root} holds no files.`;
  const shown = [...counts].map(([name, count]) => {
    const safe = showName(Buffer.from(name));
    return name.endsWith('/') ? `${safe} (${count} ${count === 1 ? 'file' : 'files'})` : safe;
  });
  return `${root} holds: ${listSome(shown)}.`;
}
