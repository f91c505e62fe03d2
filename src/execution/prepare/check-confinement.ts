import { describeEscapes, findKnownEscapes } from '../../runtimes/known-escapes.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Confinement } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Journey } from '../journey.ts';

/**
 * Checks that this runtime can isolate the container as the policy requires.
 * @throws ExecError INVALID_REQUEST when GPUs are missing, POLICY_DENIED when the OCI runtime is missing or has a known
 * container escape
 */
export async function checkConfinement({ plan, tools, report }: Journey, signal: AbortSignal): Promise<void> {
  const { runtime } = tools;
  const { ociRuntime } = plan.confinement;
  if (plan.resources.gpus !== undefined && !runtime.capabilities.gpus)
    throw new ExecError(
      'INVALID_REQUEST',
      sentence`${part('resources.gpus')}: the ${runtime.name} runtime here has no GPUs to give. Leave the field out, or send the request to an agent whose engine has some.`,
    );
  if (plan.confinement.knownEscapes === 'refuse') await refuseKnownEscapes(plan.confinement, runtime);
  if (ociRuntime === undefined) return;
  const obstacle = await runtime.lacksOciRuntime(ociRuntime.name, signal);
  if (obstacle === undefined) return;
  const what = `the OCI runtime ${ociRuntime.name}, which the policy asks for, cannot be used here (${obstacle})`;
  if (ociRuntime.missing === 'refuse')
    throw new ExecError(
      'POLICY_DENIED',
      `The container was not started: ${what}. Install it, or have the policy changed.`,
    );
  report.warn(`The container ran in the engine's own runtime: ${what}.`);
}

async function refuseKnownEscapes(confinement: Confinement, runtime: Runtime): Promise<void> {
  const escapes = findKnownEscapes(await runtime.programs(confinement));
  if (escapes.length === 0) return;
  throw new ExecError(
    'POLICY_DENIED',
    `The container was not started: ${describeEscapes(escapes)}, and the policy here refuses that. The agent's machine needs newer versions.`,
  );
}
