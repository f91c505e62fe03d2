import { ExecError } from '../../support/exec-error.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Journey } from '../journey.ts';

/**
 * Checks that this runtime supports the network of the plan.
 * @throws ExecError POLICY_DENIED with the reason of the runtime
 */
export async function checkNetwork({ plan, tools }: Journey, signal: AbortSignal): Promise<void> {
  const { mode, services, ports } = plan.network;
  const { runtime, deployment } = tools;
  if (mode === 'open' && !runtime.capabilities.openNetwork)
    throw new ExecError(
      'POLICY_DENIED',
      sentence`${part('network.mode')}: the runtime ${runtime.name} has no open network. Use an agent whose runtime has one, or ${part('network.services')}.`,
    );
  if (services.length + ports.length === 0) return;
  const ability = await runtime.servesContainers(deployment, signal);
  if (ability.ok) return;
  const asked = part(services.length > 0 ? 'network.services' : 'network.ports');
  throw new ExecError('POLICY_DENIED', sentence`${asked}: ${ability.reason}`);
}
