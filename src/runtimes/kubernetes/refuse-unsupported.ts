import { ExecError } from '../../support/exec-error.ts';
import type { SandboxSpec } from '../runtime.ts';

/** What a pod cannot have yet, so that nothing is left out silently. */
export function refuseUnsupported({ network, steps = [], resources, confinement }: SandboxSpec): void {
  if (confinement.knownEscapes === 'refuse')
    throw new ExecError(
      'POLICY_DENIED',
      'The policy refuses container runtimes with known escapes, and the versions on the nodes of a cluster are not known. Have the policy changed, or use an agent with the runtime docker or oci.',
    );
  if (network?.mode === 'open') throw new ExecError('POLICY_DENIED', 'The runtime kubernetes has no open network.');
  if (resources.gpus === 'all')
    throw new ExecError('INVALID_REQUEST', 'The runtime kubernetes needs a number of GPUs in place of "all".');
  if (steps.length === 0)
    throw new ExecError('INTERNAL', 'The runtime kubernetes needs all steps of a sandbox when it is opened.');
}
