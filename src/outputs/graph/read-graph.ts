import { isUtf8 } from 'node:buffer';
import { messageOf } from '../../support/exec-error.ts';
import { parseJson } from '../../support/json/json.ts';
import { maskJson, type ValueMask } from '../../support/json/mask-json.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { Output } from '../../wire/plan.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { readWhole } from '../../workspace/beneath/read-file.ts';
import { resolveInVolumes, type WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import type { Findings } from '../findings.ts';
import { invalidFile } from '../select/select-files.ts';
import { graphProblemOf } from './graph-problem.ts';

export type GraphOutput = Extract<Output, { kind: 'graph' }>;

export interface GraphOptions {
  readonly roots: WorkspaceRoots;
  readonly maxGraphBytes: number;
  readonly findings: Findings;
  /** Hides secrets in its values. */
  readonly mask: ValueMask | undefined;
}

/** The text of the graph document, when there is a valid one. It stays text so that its numbers keep their digits. */
export async function readGraph(output: GraphOutput, options: GraphOptions): Promise<string | undefined> {
  const { origin, path, optional = false } = output;
  const { roots, maxGraphBytes, findings } = options;
  const place = resolveInVolumes(roots, path);
  if (place === undefined) {
    findings.fail('INVALID_REQUEST', `${origin}: ${path} lies in no volume of this execution.`);
    return undefined;
  }
  const opened = await openBeneath(place.root, partsOf(place.relative), 'file');
  const { handle } = opened;
  if (handle === undefined) {
    if (opened.found !== 'nothing') findings.fail('OUTPUT_INVALID', invalidFile(path, opened.found));
    else if (!optional) findings.warn(`${origin}: the container did not write ${path}, so there is no graph update.`);
    return undefined;
  }
  try {
    return checkedText(await readWhole(handle, maxGraphBytes + 1), path, options);
  } finally {
    await handle.close();
  }
}

function checkedText(bytes: Buffer, path: string, { maxGraphBytes, findings, mask }: GraphOptions): string | undefined {
  if (bytes.length > maxGraphBytes) {
    const cure = 'Write a smaller graph, or write it to a file and have that uploaded.';
    findings.fail(
      'OUTPUT_TOO_LARGE',
      `${path} has more than ${formatBytes(maxGraphBytes)}, the limit (maxGraphBytes). ${cure}`,
    );
    return undefined;
  }
  const problem = problemOf(bytes);
  if (problem !== undefined) {
    findings.fail('OUTPUT_INVALID', `${path} ${problem}`);
    return undefined;
  }
  const text = textOf(bytes);
  const masked = mask === undefined ? text : maskJson(text, mask);
  if (masked === undefined) findings.fail('OUTPUT_INVALID', `${path} ${secretInGraph}`);
  return masked;
}

/** What is said of a graph in which a secret cannot be hidden. */
const secretInGraph =
  'holds a secret that spans several values, so that it cannot be hidden, and is not returned. Do not write secrets into it.';

function problemOf(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return 'is not UTF-8 text.';
  try {
    return graphProblemOf(parseJson(textOf(bytes)));
  } catch (error) {
    return `is not JSON: ${messageOf(error)}.`;
  }
}

/** Some programs put a byte order mark in front, which JSON does not know. */
function textOf(bytes: Buffer): string {
  return bytes.toString().replace(/^\ufeff/, '');
}
