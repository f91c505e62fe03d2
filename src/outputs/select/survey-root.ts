import { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { FileTotals } from '../../wire/record/record.ts';
import { partsOf, showName, textOf } from '../../workspace/beneath/file-name.ts';
import type { Opened } from '../../workspace/beneath/open-beneath.ts';
import type { OpenDirectories } from '../../workspace/beneath/open-directories.ts';
import { resolveInVolumes, type WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import { walkTree } from '../../workspace/tree/walk-tree.ts';
import type { Findings } from '../findings.ts';
import { type ContentCount, createContentCount } from '../fit/describe-content.ts';

/** Everything below one directory of the container, seen once for all outputs that name it. */
export interface Survey {
  /** Inside the container, without a `/` at its end. */
  readonly root: string;
  /** Its volume, and the parts of the way from there. */
  readonly volume: OpenDirectories;
  readonly above: readonly Buffer[];
  /** Regular files by name, relative and in order, with their sizes in bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** Links, FIFOs and the like: name → what it is. */
  readonly others: ReadonlyMap<string, string>;
  /** What `followLink` has found: however many patterns match a link, it is read once. */
  readonly followed: Map<string, string | undefined>;
  /** Names that are not UTF-8, as they are shown. */
  readonly oddNames: readonly string[];
  /** All regular files, with any name. */
  readonly total: FileTotals;
  /** A sentence about what lies there, for messages. */
  readonly describeContent: () => string;
}

export interface SurveyLimits {
  readonly maxOutputBytes: number;
  readonly maxOutputFiles: number;
  readonly maxOutputDepth: number;
}

export interface SurveyOptions {
  readonly roots: WorkspaceRoots;
  /** The open directories of a volume, by its host directory. */
  readonly volumeAt: (root: string) => OpenDirectories;
  readonly limits: SurveyLimits;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/** @returns undefined when there is no such directory to look at; the findings say why */
export async function surveyRoot(
  origin: string,
  containerRoot: string,
  options: SurveyOptions,
): Promise<Survey | undefined> {
  const { roots, volumeAt, findings } = options;
  const root = containerRoot.replace(/\/$/, '');
  const place = resolveInVolumes(roots, containerRoot);
  if (place === undefined) {
    findings.fail(
      'INVALID_REQUEST',
      `${origin}: ${containerRoot} lies in no volume of this execution. Use one of ${[...roots.keys()].join(', ')}.`,
    );
    return undefined;
  }
  const found = { root, volume: volumeAt(place.root), above: partsOf(place.relative) };
  const opened = await found.volume.open(found.above, 'directory');
  if (opened.handle === undefined) return surveyOfNothing(found, opened.found, findings);
  try {
    return await surveyDirectory(opened.handle, found, options);
  } finally {
    await opened.handle.close();
  }
}

type Place = Pick<Survey, 'root' | 'volume' | 'above'>;
type Handle = NonNullable<Opened['handle']>;

function surveyOfNothing(place: Place, found: string, findings: Findings): Survey | undefined {
  if (found === 'nothing')
    return surveyOf(
      place,
      { files: new Map(), others: new Map(), oddNames: [], total: { files: 0, bytes: 0 } },
      createContentCount(place.root),
    );
  findings.fail(
    'OUTPUT_INVALID',
    `${place.root} is not a directory any more but a ${found}; links are never followed.`,
  );
  return undefined;
}

async function surveyDirectory(
  handle: Handle,
  place: Place,
  { limits, findings, signal }: SurveyOptions,
): Promise<Survey> {
  const files = new Map<string, number>();
  const others = new Map<string, string>();
  const oddNames: string[] = [];
  const content = createContentCount(place.root);
  const walk = { maxEntries: limits.maxOutputFiles, maxDepth: limits.maxOutputDepth, signal };
  let bytes = 0;
  let count = 0;
  try {
    for await (const { name, kind, size } of walkTree(handle, walk)) {
      const text = textOf(name);
      // Files without content can be longer together than any number that a record may have.
      bytes = Math.min(bytes + size, Number.MAX_SAFE_INTEGER);
      if (kind === 'file') count += 1;
      if (text === undefined) oddNames.push(showName(name));
      else if (kind !== 'directory') {
        content.add(text);
        if (kind === 'file') files.set(text, size);
        else others.set(text, kind);
      }
    }
  } catch (error) {
    if (!(error instanceof ExecError) || error.code !== 'OUTPUT_TOO_LARGE') throw error;
    findings.fail('OUTPUT_TOO_LARGE', tooMany(place.root, error.context.limit, limits));
  }
  if (bytes > limits.maxOutputBytes) findings.fail('OUTPUT_TOO_LARGE', tooLarge(place.root, bytes, limits));
  return surveyOf(place, { files, others, oddNames, total: { files: count, bytes } }, content);
}

type Seen = Pick<Survey, 'files' | 'others' | 'oddNames' | 'total'>;

function surveyOf(place: Place, seen: Seen, content: ContentCount): Survey {
  return { ...place, ...seen, followed: new Map(), describeContent: content.describe };
}

function tooMany(root: string, limit: unknown, { maxOutputFiles, maxOutputDepth }: SurveyLimits): string {
  return limit === 'maxDepth'
    ? `${root} has directories nested more than ${maxOutputDepth} deep, the limit (maxOutputDepth). What lies deeper is not returned.`
    : `${root} holds more than ${maxOutputFiles} files and directories, the limit (maxOutputFiles). Write fewer, for example one archive.`;
}

function tooLarge(root: string, bytes: number, { maxOutputBytes }: SurveyLimits): string {
  return `${root} holds ${formatBytes(bytes)}, more than the limit of ${formatBytes(maxOutputBytes)} (maxOutputBytes). Write less, or have the limit raised.`;
}
