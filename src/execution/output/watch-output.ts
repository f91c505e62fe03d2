import type { Container, LayerUsage, Sandbox, Usage } from '../../runtimes/runtime.ts';
import { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';
import type { ExecutionLimits } from '../execution-tools.ts';
import { whereToWrite } from '../report/writable-paths.ts';
import { watchGrowth } from './watch-growth.ts';

export type OutputLimits = Pick<ExecutionLimits, 'outputBytes' | 'outputFiles' | 'outputDepth' | 'outputCheckMs'> & {
  /** What the plan asks for all read-write volumes, inputs included; absent: the other limits alone count. */
  readonly volumeBytes?: number | undefined;
};

/**
 * Measures the volumes while containers write to them.
 * @returns the error that stops the container, once a limit is exceeded; undefined when the volumes cannot be measured
 * @throws the signal's reason; ExecError for a fault of the host
 */
export async function watchOutput(
  { usage: measure }: Pick<Sandbox, 'usage'>,
  limits: OutputLimits,
  signal: AbortSignal,
): Promise<ExecError | undefined> {
  if (measure === undefined) return undefined;
  const bounds = {
    bytes: Math.min(limits.outputBytes, limits.volumeBytes ?? limits.outputBytes),
    files: limits.outputFiles,
    depth: limits.outputDepth,
  };
  const growth = {
    measure: async (stop: AbortSignal) => ({ ...(await measure(bounds, stop)) }),
    bounds,
    problemOf: (now: Usage) => problemOf(now, limits),
    checkMs: limits.outputCheckMs,
  };
  return watchGrowth(growth, signal);
}

export type LayerLimits = Pick<ExecutionLimits, 'layerBytes' | 'layerFiles' | 'layerCheckMs'>;

/** Measures writes outside volumes and scratch in the same way; undefined when the kernel enforces the limit. */
export async function watchLayer(
  { layer: measure }: Pick<Container, 'layer'>,
  { layerBytes, layerFiles, layerCheckMs: checkMs }: LayerLimits,
  { plan, signal }: { readonly plan: Pick<ExecutionPlan, 'volumes'>; readonly signal: AbortSignal },
): Promise<ExecError | undefined> {
  if (measure === undefined) return undefined;
  const bounds = { bytes: layerBytes, files: layerFiles };
  const growth = {
    measure: async (stop: AbortSignal) => ({ ...(await measure(bounds, stop)) }),
    bounds,
    problemOf: ({ bytes, files }: LayerUsage) => {
      if (bytes > layerBytes)
        return tooMuchInLayer(
          formatBytes(layerBytes),
          sentence`Write results${whereToWrite(plan)}, ask for more with ${part('resources.scratch')}, or have EXEC_LAYER_MAX raised`,
        );
      if (files > layerFiles)
        return tooMuchInLayer(
          `${layerFiles} files and directories`,
          'Write fewer, for example one archive, or have EXEC_LAYER_FILES_MAX raised',
        );
      return undefined;
    },
    checkMs,
  };
  return watchGrowth(growth, signal);
}

function tooMuchInLayer(limit: string, cure: Sentence): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    sentence`The container wrote more than ${limit} to its root filesystem and was stopped. ${cure}.`,
  );
}

function problemOf({ bytes, files, depth }: Usage, limits: OutputLimits): ExecError | undefined {
  const { outputBytes, outputFiles, outputDepth, volumeBytes } = limits;
  if (volumeBytes !== undefined && bytes > volumeBytes) return tooMuchForPlan(volumeBytes);
  if (bytes > outputBytes)
    return tooMuch(`more than ${formatBytes(outputBytes)}`, 'Write less, or have EXEC_OUTPUT_MAX raised');
  if (files > outputFiles)
    return tooMuch(
      `more than ${outputFiles} files and directories`,
      'Write fewer, for example one archive, or have EXEC_OUTPUT_FILES_MAX raised',
    );
  if (depth > outputDepth) return tooMuch(`directories more than ${outputDepth} deep`, 'Nest them less');
  return undefined;
}

function tooMuchForPlan(volumeBytes: number): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    sentence`Inputs and outputs together took more than ${formatBytes(volumeBytes)}, and the container was stopped; what it had written by then is collected. Ask for more with ${part('resources.scratch')}.`,
  );
}

function tooMuch(what: string, cure: string): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote ${what} to its output and was stopped; what lies within the limits is returned. ${cure}.`,
  );
}
