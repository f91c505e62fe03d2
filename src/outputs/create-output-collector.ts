import { toExecError } from '../support/exec-error.ts';
import type { ValueMask } from '../support/mask-json.ts';
import type { Output } from '../wire/plan.ts';
import type { Collected } from '../wire/record.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import { collectOutputs } from './collect-outputs.ts';
import type { OutputCollectorOptions } from './output-options.ts';

/**
 * Reads what the containers left. Whatever that is becomes part of the result: failures and warnings, never an error.
 * What the answer has no room for goes to the object of the `overflow` output, if there is one.
 * Safe while a process still writes there, though what it returns is steady only when none does.
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
    readonly mask?: ValueMask;
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
