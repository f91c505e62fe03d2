import { toExecError } from '../support/exec-error.ts';
import type { Mask } from '../support/text/mask.ts';
import type { Output } from '../wire/plan/plan.ts';
import type { Collected } from '../wire/record/record.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import { collectOutputs } from './collect-outputs.ts';
import type { OutputCollectorOptions } from './output-options.ts';

/**
 * Reads the files that the containers left. Problems with them become failures and warnings in the result, never an error.
 * Files that do not fit into the response go to the object of the `overflow` output, if there is one.
 * Safe while a process still writes there, but the result is stable only when none does.
 * @throws ExecError for a fault of the host; the signal's reason
 */
export type CollectOutputs = (
  roots: WorkspaceRoots,
  outputs: readonly Output[],
  signal: AbortSignal,
  options?: {
    /** Bytes that the collected data may take in the response, as JSON. */
    readonly roomBytes?: number;
    /** Hides secrets in contents and graph. */
    readonly mask?: Mask;
  },
) => Promise<Collected>;

export function createOutputCollector(options: OutputCollectorOptions): CollectOutputs {
  return async (roots, outputs, signal, { roomBytes = options.limits.maxAnswerContentBytes, mask } = {}) => {
    try {
      return await collectOutputs({ ...options, roots, outputs, signal, roomBytes, mask });
    } catch (error) {
      signal.throwIfAborted();
      throw toExecError(error);
    }
  };
}
