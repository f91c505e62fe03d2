import { describePathProblem, relativeBelow } from '../../support/files/container-path.ts';
import {
  compileGlob,
  type Glob,
  isGlob,
  maxGlobAlternatives,
  maxGlobLength,
} from '../../support/patterns/match-glob.ts';
import type { Output } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import { withArticle } from '../../workspace/beneath/entry-kind.ts';
import { partsOf, showName } from '../../workspace/beneath/file-name.ts';
import type { Opened } from '../../workspace/beneath/open-beneath.ts';
import { type Findings, skipReasonOf } from '../findings.ts';
import { followLink } from './follow-link.ts';
import { type MatchWork, maxMatchSteps } from './match-work.ts';
import type { Survey } from './survey-root.ts';

export type FilesOutput = Extract<Output, { kind: 'files' }>;

type Found = Extract<Opened, { found: unknown }>['found'];

/** A file that an answer is to carry. */
export interface SelectedFile {
  readonly survey: Survey;
  readonly name: string;
  /** The file that has the content: another one below the same root where the name is that of a link. */
  readonly source: string;
  /** The request named this very file, and needs it. */
  readonly expected: boolean;
}

/** Container path → file, so that a file that several patterns match comes back once. */
export type Selection = Map<string, SelectedFile>;

export interface SelectOptions {
  readonly selection: Selection;
  readonly findings: Findings;
  /** Shared by all outputs of a collection. */
  readonly work: MatchWork;
}

/** Adds what the pattern of one output matches; what it misses or may not return goes to the findings. */
export async function selectFiles(output: FilesOutput, survey: Survey, options: SelectOptions): Promise<void> {
  const { findings } = options;
  const pattern = normalise(output, findings);
  if (pattern === undefined) return;
  const namesOneFile = pattern !== '' && !pattern.endsWith('/');
  if (namesOneFile && (!isGlob(pattern) || hasEntry(survey, pattern)))
    return selectExact(output, pattern, survey, options);
  const matcher = await matcherOf(output, pattern, survey, options);
  if (matcher !== undefined) await selectMatching(output, pattern, matcher, survey, options);
}

function hasEntry({ files, others }: Survey, name: string): boolean {
  return files.has(name) || others.has(name);
}

async function selectMatching(
  output: FilesOutput,
  pattern: string,
  matcher: Matcher,
  survey: Survey,
  { selection, findings, work }: SelectOptions,
): Promise<void> {
  const names = await work.filter(survey.files.keys(), matcher);
  const others = await work.filter(survey.others.keys(), matcher);
  if (names === undefined || others === undefined) {
    if (output.required) findings.addMissing(output.pattern);
    return findings.fail('OUTPUT_TOO_LARGE', tooMuchWork);
  }
  await work.each(names, (name) => select(selection, { survey, name, source: name, expected: false }));
  let followed = 0;
  for (const name of others) {
    const source = await followIfAsked(output, name, survey);
    if (source === undefined) findings.skip(`${name} (${survey.others.get(name)})`, skipReasonOf(output));
    else {
      select(selection, { survey, name, source, expected: false });
      followed += 1;
    }
  }
  for (const name of survey.oddNames) findings.skip(name, 'odd name');
  if (names.length + followed === 0 && output.required) await missMany(output, pattern, survey, findings);
}

const tooMuchWork = sentence`${part('outputs.files')}: to compare all globs with all files of the output directory takes more than ${maxMatchSteps} comparisons. Use fewer or shorter globs, or write fewer files.`;

async function missMany(
  { pattern: written, links }: FilesOutput,
  pattern: string,
  survey: Survey,
  findings: Findings,
): Promise<void> {
  const content = survey.describeContent();
  if (isGlob(pattern)) return findings.miss(written, `No file matches the expected ${written}; ${content}`);
  const found = await lookFor(pattern.replace(/\/$/, ''), survey, 'directory');
  if (found === 'nothing' || found === 'directory' || found === 'file')
    return findings.miss(written, `No file was written to the expected directory ${written}; ${content}`);
  findings.addMissing(written);
  findings.fail('OUTPUT_INVALID', invalidFile(written, found, links));
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

type Matcher = Pick<Glob, 'match'>;

async function matcherOf(
  { origin, pattern: written }: FilesOutput,
  pattern: string,
  survey: Survey,
  { findings, work }: SelectOptions,
): Promise<Matcher | undefined> {
  const literal: Matcher = { match: (name) => startsWith(name, pattern) };
  if (!isGlob(pattern)) return literal;
  // A directory may have characters of a glob in its name.
  if (pattern.endsWith('/') && (await work.some(survey.files.keys(), literal))) return literal;
  const glob = compileGlob(pattern.endsWith('/') ? `${pattern}**` : pattern);
  if (glob !== undefined) return glob;
  findings.fail(
    'INVALID_REQUEST',
    `${origin}: the pattern ${showName(Buffer.from(written))} is too complex; at most ${maxGlobLength} bytes and ${maxGlobAlternatives} alternatives in braces are possible. Split it.`,
  );
  return undefined;
}

function* startsWith(name: string, prefix: string): Generator<number, boolean> {
  yield 1;
  return name.startsWith(prefix);
}

async function selectExact(
  output: FilesOutput,
  name: string,
  survey: Survey,
  { selection, findings }: SelectOptions,
): Promise<void> {
  const { pattern, required } = output;
  // The walk may have ended at a limit before it came to that file.
  const source = survey.files.has(name) ? name : await followIfAsked(output, name, survey);
  const found = source === undefined ? await lookFor(name, survey, 'file') : 'file';
  if (found === 'file') return select(selection, { survey, name, source: source ?? name, expected: required });
  if (found !== 'nothing' && found !== 'directory') {
    if (required) findings.addMissing(pattern);
    return findings.fail('OUTPUT_INVALID', invalidFile(pattern, found, output.links));
  }
  if (!required) return;
  const why =
    found === 'nothing'
      ? `was not written; ${survey.describeContent()}`
      : `is a directory. Expect ${pattern}/ to get the files in it.`;
  findings.miss(pattern, `The expected file ${pattern} ${why}`);
}

/** What to tell of something that was asked for by name and that is not returned. */
export function invalidFile(name: string, found: Found, links?: FilesOutput['links']): string {
  const followed =
    links === 'inside' ? 'links are followed only to files in the same directory' : 'links are never followed';
  return `The expected ${name} is not returned: it is, or lies below, ${withArticle(found)}. Only regular files are returned, and ${followed}; write a copy instead.`;
}

async function followIfAsked({ links }: FilesOutput, name: string, survey: Survey): Promise<string | undefined> {
  return links === 'inside' ? followLink(name, survey) : undefined;
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
