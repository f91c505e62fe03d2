import { formatBytes } from '../../support/text/bytes.ts';
import type { Mask } from '../../support/text/mask.ts';
import type { Output } from '../../wire/plan/plan.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { readWhole } from '../../workspace/beneath/read-file.ts';
import { resolveInVolumes, type WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import type { Findings } from '../findings.ts';
import { invalidFile } from '../select/select-files.ts';
import type { SettleGraph } from './create-graph-settler.ts';

export type GraphOutput = Extract<Output, { kind: 'graph' }>;

export interface GraphOptions {
  readonly roots: WorkspaceRoots;
  readonly maxGraphBytes: number;
  readonly findings: Findings;
  /** Hides secrets in its values. */
  readonly mask: Mask | undefined;
  readonly settle: SettleGraph;
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
    return await settledText(await readWhole(handle, maxGraphBytes + 1), path, options);
  } finally {
    await handle.close();
  }
}

async function settledText(
  bytes: Buffer,
  path: string,
  { maxGraphBytes, findings, mask, settle }: GraphOptions,
): Promise<string | undefined> {
  if (bytes.length > maxGraphBytes) {
    const cure = 'Write a smaller graph, or write it to a file and have that uploaded.';
    findings.fail(
      'OUTPUT_TOO_LARGE',
      `${path} has more than ${formatBytes(maxGraphBytes)}, the limit (maxGraphBytes). ${cure}`,
    );
    return undefined;
  }
  const { text, problem } = await settle({ bytes, secrets: mask?.values ?? [] });
  if (problem !== undefined) findings.fail('OUTPUT_INVALID', `${path} ${problem}`);
  return text;
}
