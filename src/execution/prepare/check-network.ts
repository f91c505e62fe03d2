import { ExecError } from '../../support/exec-error.ts';
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
      `container.network: the runtime ${runtime.name} has no open network. Use an agent with Docker, or service_access.`,
    );
  if (services.length + ports.length === 0) return;
  const ability = await runtime.servesContainers(deployment, signal);
  if (ability.ok) return;
  const field = services.length > 0 ? 'service_access' : 'container.ports';
  throw new ExecError('POLICY_DENIED', `${field}: ${ability.reason}`);
}
